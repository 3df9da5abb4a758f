import type { Selector, TrackedFinding, Watch, WatchEvent } from "@chancery/api";
import { type Severity, severities } from "../../model/finding.ts";
import { findingsText, recordsZoneText } from "./records-text.ts";
import { shown, table } from "./table.ts";

/** The record that proves control, as a zone file has it. */
export const proofText = ({ proof: { name, type, data } }: Watch): string =>
  recordsZoneText([{ name, type, ttl: 3600, data, purpose: "proof of control", state: "unknown" }]);

/** How many findings are open, the worst first. */
export const openText = ({ open }: Watch): string =>
  severities
    .filter((severity) => open[severity] > 0)
    .map((severity: Severity) => `${open[severity]} ${severity}`)
    .join(", ") || "none";

/** How a watched domain stands: what was seen, when, and what is to be published still. */
export function headText(watch: Watch): string {
  const { domain, standing, lookedAt, knownAt, dueAt, score } = watch;
  const lines = [
    `${domain}  ${standing}  open findings: ${openText(watch)}${score === null ? "" : `  score: ${score}`}`,
    `seen ${shown.time(knownAt)}, next look ${shown.time(dueAt)}`,
  ];
  if (lookedAt !== null && lookedAt !== knownAt)
    lines.push(`the look of ${shown.time(lookedAt)} was not answered: what is shown is what was known before`);
  if (standing !== "proven")
    lines.push("", "To be published, as proof that it is yours to watch:", "", proofText(watch));
  return lines.join("\n");
}

/** Every selector that was seen, and what stands there. */
export const inventoryTable = (selectors: readonly Selector[]): string =>
  table(
    ["SELECTOR", "STATE", "SINCE", "AS", "PROVIDER", "KEY", "FINGERPRINT"],
    selectors.map(({ selector, state, since, publishedAs, provider, keyType, bits, fingerprint }) => [
      selector,
      state,
      shown.time(since),
      publishedAs ?? "-",
      provider ?? "-",
      keyType === null ? "-" : `${keyType} ${bits}`,
      fingerprint?.slice(0, 16) ?? "-",
    ]),
  );

/** Findings, each with the time since when it is open. */
export const openFindings = (findings: readonly TrackedFinding[]): string =>
  findings.map((finding) => `${findingsText([finding])}\n  since: ${shown.time(finding.openedAt)}`).join("\n");

/** What changed. */
export const eventsTable = (events: readonly WatchEvent[]): string =>
  table(
    ["WHEN", "WHAT", "WHERE", "MORE"],
    events.map(({ at, kind, subject, detail }) => [shown.time(at), kind, subject, JSON.stringify(detail)]),
  );
