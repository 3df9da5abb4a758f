import { spfTrees } from "chancery/policy";
import type { Answer, DomainEvidence } from "../../evidence/domain.ts";
import { postureCheck } from "./posture-check.ts";
import { tell } from "./tell.ts";

/** Whether DNS answered for the records around DKIM. One finding for all: they mostly fail together. */
export const domainAnswers = postureCheck({
  name: "domain-answers",
  title: "DNS answered every question about the domain's mail records",
  codes: ["Undetermined"],
  look: ({ domain, posture }) => {
    const all = unanswered(domain, posture);
    // What a resolver refuses as bogus is a finding of its own; so is all else at that name.
    const refused = new Set(all.filter(({ reason }) => reason === "bogus").map(({ name }) => name));
    const unknown = all.filter(({ name }) => !refused.has(name));
    const [first] = unknown;
    if (first === undefined) return [];
    const names = [...new Set(unknown.map(({ name }) => name))];
    return [
      tell({
        code: "Undetermined",
        severity: "low",
        at: names.length === 1 ? first.name : domain,
        type: names.length === 1 ? first.type : "NS",
        also: names.length === 1 ? [] : unknown.map(({ name, type }) => [name, type] as const),
        summary: `DNS gave no answer that says anything for ${names.length === 1 ? first.name : `${names.length} names`}`,
        evidence: unknown.map(({ name, type, reason }) => `${name} ${type}: ${reason}`),
        remedy: "ask again later or another resolver; if it stays so, the name servers of these names need a look",
      }),
    ];
  },
});

type Unanswered = { name: string; type: "TXT" | "MX" | "A"; reason: string };

/** The questions about the domain's mail records that DNS did not answer. */
export function unanswered(domain: string, { dmarc, spf, mx, mtaSts, tlsRpt, bimi }: DomainEvidence): Unanswered[] {
  const found: Unanswered[] = [];
  const note = (name: string, type: Unanswered["type"], answer: Answer<unknown>): void => {
    if (answer.state === "unknown") found.push({ name, type, reason: answer.reason });
  };
  for (const { domain: at, answer } of dmarc.asked) note(`_dmarc.${at}`, "TXT", answer);
  for (const tree of spfTrees(spf))
    if (tree.state === "unknown") found.push({ name: tree.domain, type: "TXT", reason: "no answer" });
  note(domain, "MX", mx);
  if (mx.state === "present") for (const { host, addresses } of mx.values) note(host, "A", addresses);
  note(`_mta-sts.${domain}`, "TXT", mtaSts.record);
  note(`_smtp._tls.${domain}`, "TXT", tlsRpt);
  note(bimi.name, "TXT", bimi.answer);
  return found;
}
