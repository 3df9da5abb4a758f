import type { Audit, ReportedFinding } from "../../../model/audit/audit.ts";
import type { SelectorProvider, SelectorSummary } from "../../../model/audit/selector-summary.ts";
import { severities } from "../../../model/finding.ts";
import { shown } from "../table.ts";
import { chainLines } from "./chain-lines.ts";
import type { Block, Document } from "./document.ts";
import { postureBlocks, readinessBlocks, scoreBlocks } from "./domain-blocks.ts";

/** An audit as a report for people: what is wrong first, then what was seen, then what is in order, then what is open. */
export const auditDocument = (audit: Audit): Document => ({
  title: `DKIM audit of ${audit.domain}`,
  blocks: [
    { kind: "paragraph", text: verdict(audit) },
    ...section("What is wrong", findingBlocks(audit.findings.filter(isFault))),
    ...section("Selectors", [
      { kind: "paragraph", text: `${audit.discovery.verdict}.` },
      ...selectorBlocks(audit.selectors),
    ]),
    ...section("What names your providers", listOf(exposureLines(audit))),
    ...section("The domain around its keys", postureBlocks(audit)),
    ...section("The checklist", checklistBlocks(audit)),
    ...section("What Gmail, Yahoo and Microsoft ask of senders", readinessBlocks(audit)),
    ...section("Score", scoreBlocks(audit)),
    ...section("Good to know", findingBlocks(audit.findings.filter((finding) => !isFault(finding)))),
    ...section("What is in order", listOf(passed(audit))),
    ...section("What could not be checked", listOf(open(audit))),
  ],
});

const isFault = ({ severity }: ReportedFinding): boolean => severity !== "info";
const findingBlocks = (findings: readonly ReportedFinding[]): Block[] =>
  findings.map((finding) => ({ kind: "finding", finding: blockOf(finding) }));

const section = (heading: string, blocks: Block[]): Block[] =>
  blocks.length === 0 ? [] : [{ kind: "heading", text: heading }, ...blocks];
const listOf = (items: string[]): Block[] => (items.length === 0 ? [] : [{ kind: "list", items }]);

function verdict(audit: Audit): string {
  const { findings, checks, at } = audit;
  const counts = severities.flatMap((severity) => {
    const count = findings.filter((one) => one.severity === severity).length;
    return count === 0 ? [] : [`${count} ${severity}`];
  });
  const looked = checks.filter(({ state }) => state === "passed" || state === "failed" || state === "undetermined");
  const what = findings.some(isFault) ? `Found: ${counts.join(", ")}.` : "Nothing wrong was found.";
  return `${what} ${passed(audit).length} of ${looked.length} checks passed. As of ${shown.time(at)}.`;
}

const passed = ({ checks }: Audit): string[] =>
  checks.filter(({ state }) => state === "passed").map(({ title }) => title);
/** What is missing is told once, with everything that it would decide. */
function open({ checks }: Audit): string[] {
  const missing = checks.filter(({ state }) => state === "needs evidence");
  return [...Map.groupBy(missing, ({ needed }) => needed ?? "")].map(
    ([needed, same]) => `${same.map(({ title }) => title).join("; ")}: needs ${needed}`,
  );
}

function blockOf(finding: ReportedFinding) {
  const { severity, code, subject, summary, symptoms, evidence, commands, remedy } = finding;
  return { severity, code, subject, summary, symptoms, evidence, commands, remedy };
}

function selectorBlocks(selectors: readonly SelectorSummary[]): Block[] {
  if (selectors.length === 0) return [];
  return [
    {
      kind: "table",
      head: ["SELECTOR", "LEADS TO", "PROVIDER", "KEY", "KNOWN FROM"],
      rows: selectors.map(({ selector, verdict: leads, providers = [], key, sources }) => [
        selector,
        providers.some(({ idle }) => idle)
          ? "nothing now, as it should"
          : { sound: "a sound key", broken: "no sound key", unknown: "not known now" }[leads],
        providers.length === 0 ? "-" : providers.map(providerWords).join(", through "),
        key === undefined ? "-" : `${key.type} ${key.bits} bits, ${key.fingerprint.slice(0, 16)}`,
        sources.join(", "),
      ]),
    },
    ...selectors.map(({ keyName, chain, custody, dnssec }): Block => ({
      kind: "lines",
      lines: chainLines(keyName, chain, { ...(custody && { custody }), ...(dnssec && { dnssec }) }),
    })),
  ];
}

const providerWords = ({ name, certainty }: SelectorProvider): string =>
  ({ certain: name, likely: `probably ${name}`, weak: `perhaps ${name}` })[certainty];

const exposureLines = ({ exposure }: Audit): string[] =>
  exposure.map(({ provider, to, where, at, shows }) => `${provider.name}, to ${to}: ${where} at ${at} (${shows})`);

const checklistBlocks = ({ checklist }: Audit): Block[] => [
  {
    kind: "steps",
    steps: checklist.map(({ title, state, seen, findings, needed }) => ({
      title,
      state,
      details:
        needed === undefined ? [...(findings.length > 0 ? [findings.join(", ")] : []), ...seen] : [`needs ${needed}`],
    })),
  },
];
