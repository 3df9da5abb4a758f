import { spfCost, spfLimits, spfTrees, type SpfCost, type SpfTree } from "chancery/policy";
import { type AuditContext, type AuditFinding, doesNotApply } from "../../check.ts";
import { type PostureEvidence, postureCheck, unanswered } from "./posture-check.ts";
import { openNames } from "./relied-names.ts";
import { recordSeen, tell } from "./tell.ts";

/** Whether a receiver can evaluate the SPF record to its end (RFC 7208 §4.6.4, §5.2). */
export const spfEvaluation = postureCheck({
  name: "spf-evaluation",
  title: "Receivers can evaluate the SPF record to its end",
  codes: ["SpfTooManyLookups", "SpfIncludeBroken"],
  needs: "apex",
  look: (evidence, context) => {
    const { spf } = evidence.posture;
    if (spf.state === "unknown") return unanswered;
    if (spf.state !== "present") return doesNotApply;
    return [...tooCostly(spf), ...brokenIncludes(evidence, context)];
  },
});

function tooCostly(spf: Extract<SpfTree, { state: "present" }>): AuditFinding[] {
  const cost = spfCost(spf);
  const reasons = overLimits(cost);
  if (reasons.length === 0) return [];
  const records = spfTrees(spf).flatMap((tree) =>
    tree.state === "present" ? [recordSeen(tree.domain, tree.text)] : [],
  );
  return [
    tell({
      code: "SpfTooManyLookups",
      severity: "medium",
      at: spf.domain,
      summary: reasons.join("; "),
      evidence: records.slice(0, recordsShownMax),
      remedy:
        "take out includes of services that no longer send, and a and mx where ip4: and ip6: say the same; let large senders use a subdomain of their own in MAIL FROM",
    }),
  ];
}

const recordsShownMax = 12;

function overLimits({ lookups, voidLookups, exchanges, atLeast }: SpfCost): string[] {
  const { lookupsMax, voidLookupsMax, exchangesMax } = spfLimits;
  const reasons: string[] = [];
  if (lookups > lookupsMax)
    reasons.push(
      `the SPF record asks for ${atLeast ? "at least " : ""}${lookups} look-ups, and receivers stop after ${lookupsMax}`,
    );
  if (voidLookups > voidLookupsMax)
    reasons.push(
      `${voidLookups} names in the SPF record do not exist, and receivers stop after ${voidLookupsMax} of them`,
    );
  if (exchanges > exchangesMax)
    reasons.push(`an mx in the SPF record leads to ${exchanges} hosts, and receivers stop after ${exchangesMax}`);
  return reasons;
}

function brokenIncludes({ dns, posture }: PostureEvidence, context: AuditContext): AuditFinding[] {
  const open = openNames(posture, context);
  // A file need not hold the records of known providers, nor those of a domain of which it lists nothing.
  const unlisted = new Set(posture.relied.flatMap((one) => (one.registration === "does-not-exist" ? one.name : [])));
  const isLeftOut = (name: string): boolean =>
    dns === "file" && (unlisted.has(name) || context.isProviderName?.(name) === true);
  const findings = new Map<string, AuditFinding>();
  for (const tree of spfTrees(posture.spf)) {
    if (tree.state !== "present") continue;
    for (const { text, tree: below } of tree.terms) {
      const problem = below && brokenBecause(below);
      if (below === undefined || problem === undefined || findings.has(below.domain)) continue;
      // Whoever could register the name is told of by another check.
      if (open.has(below.domain) || isLeftOut(below.domain)) continue;
      findings.set(
        below.domain,
        tell({
          code: "SpfIncludeBroken",
          severity: "medium",
          at: below.domain,
          also: [[tree.domain, "TXT"]],
          summary: `${text} in the SPF record of ${tree.domain} ${problem}`,
          evidence: [recordSeen(tree.domain, tree.text)],
          remedy:
            tree.domain === posture.spf.domain
              ? `take ${text} out if the service is no longer used; else ask it for the name to include`
              : `ask whoever runs ${tree.domain} to correct it, or take it out of your record`,
        }),
      );
    }
  }
  return [...findings.values()];
}

function brokenBecause(tree: SpfTree): string | undefined {
  switch (tree.state) {
    case "absent":
      return "leads to a name without an SPF record";
    case "several":
      return "leads to a name with several SPF records";
    case "malformed":
      return `leads to an SPF record with a syntax error: ${tree.problem}`;
    case "loop":
      return "leads back to a record on the way, without end";
    case "present":
    case "unknown":
    case "not-followed":
      return undefined;
  }
}
