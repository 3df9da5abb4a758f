import type { EarlierSight, HistoryEvidence } from "../audit/history-evidence.ts";
import type { Observation } from "./history.ts";

/** What earlier looks saw, as the auditor takes it: only what stood there. */
export function historyEvidenceOf(observations: readonly Observation[]): HistoryEvidence {
  const keyNames: Record<string, EarlierSight[]> = {};
  for (const { name, outcome, aliases, fingerprint, firstSeenAt, lastSeenAt } of observations) {
    if (outcome === "absent") continue;
    (keyNames[name] ??= []).push({
      firstSeen: firstSeenAt,
      lastSeen: lastSeenAt,
      targets: aliases.map(({ target }) => target),
      ...(fingerprint !== null && { fingerprint }),
    });
  }
  return { keyNames };
}
