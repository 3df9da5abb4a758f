import type { Audit } from "../../../model/audit/audit.ts";
import type { Requirement } from "../../../model/audit/readiness/readiness.ts";
import type { Block } from "./document.ts";

/** The whole domain around its keys: each record in a line, and the DMARC policy in plain words. */
export function postureBlocks({ posture, dmarcExplained }: Audit): Block[] {
  if (posture.length === 0) return [];
  const rows = posture.map(({ aspect, state, text }) => [aspect, state, text]);
  return [
    { kind: "table", head: ["RECORD", "STATE", "WHAT IT SAYS"], rows },
    ...(dmarcExplained.length === 0 ? [] : [{ kind: "list" as const, items: dmarcExplained }]),
  ];
}

/** What large receivers ask of senders: a line for each requirement, whoever asks it. */
export function readinessBlocks({ readiness }: Audit): Block[] {
  const byRequirement = new Map<string, Requirement[]>();
  for (const one of readiness) byRequirement.set(one.requirement, [...(byRequirement.get(one.requirement) ?? []), one]);
  if (byRequirement.size === 0) return [];
  const references = new Map(readiness.map(({ receiver, reference }) => [receiver, reference]));
  return [
    {
      kind: "table",
      head: ["REQUIREMENT", "OF", "STATE", "WHAT SHOWS IT"],
      rows: [...byRequirement].map(([requirement, asked]) => [
        requirement,
        asked.map(({ receiver, senders }) => (senders === "bulk" ? `${receiver} (bulk)` : receiver)).join(", "),
        asked[0]!.state,
        asked[0]!.evidence,
      ]),
    },
    { kind: "list", items: [...references].map(([receiver, reference]) => `${receiver}: ${reference}`) },
  ];
}

/** The score with each of its rules. */
export function scoreBlocks({ score: { score, rules, cap } }: Audit): Block[] {
  const judged = rules.filter(({ state }) => state !== "needs evidence");
  const points = judged.reduce((sum, rule) => sum + rule.points, 0);
  const said =
    score === undefined
      ? "Nothing could be judged."
      : `${score} of 100, of which ${points} points could be judged; what needs evidence takes none away.${cap === undefined ? "" : ` A ${cap.severity} finding keeps it at ${cap.at} or below.`}`;
  return [
    { kind: "paragraph", text: said },
    {
      kind: "table",
      head: ["POINTS", "RULE", "STATE", "WHY IT COUNTS"],
      rows: rules.map(({ earned, points: of, state, title, why, findings }) => [
        state === "needs evidence" ? `- of ${of}` : `${earned} of ${of}`,
        title,
        findings.length === 0 ? state : `${state}: ${findings.join(", ")}`,
        why,
      ]),
    },
  ];
}
