import type { EarlierSight, HistoryEvidence } from "../audit/evidence/history.ts";
import type { Observation } from "./history.ts";

/** A name counts as empty once so many looks in a row were told so: one server that is behind makes no gap. */
const absentLooksNeeded = 2;

/** What earlier looks saw, as the auditor takes it. */
export function historyEvidenceOf(observations: readonly Observation[]): HistoryEvidence {
  const keyNames: Record<string, EarlierSight[]> = {};
  for (const { name, outcome, aliases, fingerprint, firstSeenAt, lastSeenAt, looks } of observations) {
    if (outcome === "absent" && looks < absentLooksNeeded) continue;
    (keyNames[name] ??= []).push({
      firstSeen: firstSeenAt,
      lastSeen: lastSeenAt,
      targets: aliases.map(({ target }) => target),
      ...(fingerprint !== null && { fingerprint }),
    });
  }
  return { keyNames };
}
