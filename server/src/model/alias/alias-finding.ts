import type { Finding } from "../finding.ts";
import type { RecordState } from "../delegation/record-check.ts";
import type { AliasFact } from "./alias-fact.ts";
import { aliasesMax } from "./alias-guard.ts";
import type { TargetProblem } from "./target-sight.ts";
import { aliasPhase, currentTarget, previousTarget, wantedTarget } from "./alias-state.ts";

/** What was last seen at a target. `open`: names on the way whose registration somebody else could take. */
export type TargetSeen = {
  name: string;
  state: RecordState;
  names: readonly string[];
  reasons: readonly string[];
  open: readonly string[];
  problems?: readonly TargetProblem[];
};

/** What is told of the upstream's record: what people of other keys are told as well. It is in use, so that a revoked one is a fault. */
function problemsOfKey({ problems = [] }: TargetSeen): Pick<Finding, "code" | "severity" | "summary">[] {
  const told = problems.filter(({ code }) => code !== "KeyUnusual" && code !== "NoKeyRecord");
  return told.map(({ code, severity, problem }) => ({
    code,
    severity: code === "KeyRevoked" ? "high" : severity,
    summary: problem,
  }));
}

/** More aliases than this are slow, and each is one more name that can go away. */
const aliasesUsual = 3;

/** Whether our alias is still on its way for the first time: until it is served, the customer's own leads to the upstream. */
export function isFirstOnItsWay(facts: readonly AliasFact[]): boolean {
  const phase = aliasPhase(facts);
  const isOnItsWay = phase === "waiting" || phase === "publishing" || phase === "published";
  return isOnItsWay && previousTarget(facts) === undefined;
}

/** What is wrong with an alias that leads on to an upstream, each with its way out. */
export function aliasFindings(
  {
    domain,
    selector,
    keyName,
    facts,
  }: { domain: string; selector: string; keyName: string; facts: readonly AliasFact[] },
  seen: readonly TargetSeen[],
): Finding[] {
  const phase = aliasPhase(facts);
  if (phase === "leaving" || phase === "removed" || phase === "unknown") return [];
  const findings: Finding[] = [];
  const current = currentTarget(facts);
  if (phase !== "settled") {
    const isFirst = previousTarget(facts) === undefined;
    findings.push({
      code: "AliasNotReady",
      severity: "info",
      subject: keyName,
      summary: isFirst
        ? "our alias is not served everywhere yet"
        : "our alias has been moved, and caches may still hold where it led before",
      evidence: [],
      remedy: isFirst
        ? `leave the record at ${keyName} as it is until this is gone: then replace it`
        : `have the new upstream sign from when "chancery domain alias ${domain} ${selector}" says settled`,
    });
  }
  const target = seen.find(({ name }) => name === (current ?? wantedTarget(facts)));
  if (target === undefined) return findings;
  const way = `chancery domain alias ${domain} ${selector}`;
  const back = seen.find(({ name }) => name === previousTarget(facts));
  const out =
    back?.state === "present"
      ? `go back to ${back.name} with "${way} --back", or elsewhere with "${way} --to TARGET"`
      : `have the upstream put it right, or go elsewhere with "${way} --to TARGET"`;
  const common = { subject: keyName, evidence: [`the alias leads to ${target.name}`, ...target.reasons], remedy: out };
  if (target.open.length > 0)
    findings.push({
      ...common,
      code: "TakeoverRisk",
      severity: "critical",
      summary: `${target.open.join(", ")} is not registered: whoever registers it holds the key`,
    });
  const ofKey = problemsOfKey(target);
  findings.push(...ofKey.map((found) => ({ ...common, ...found })));
  const isExplained = ofKey.some(({ severity }) => severity === "high" || severity === "critical");
  if (target.state === "absent" || (target.state === "wrong" && !isExplained))
    findings.push({
      ...common,
      code: "TargetMissing",
      severity: "high",
      summary: "the upstream's target leads to no sound key",
    });
  if (target.state === "unknown")
    findings.push({
      ...common,
      code: "Undetermined",
      severity: "low",
      summary: "the upstream's name servers gave no answer that says anything",
      remedy: "nothing yet; it is looked at again",
    });
  const aliases = 2 + target.names.length - 1;
  if (aliases > aliasesUsual)
    findings.push({
      ...common,
      code: "AliasChainTooLong",
      severity: aliases > aliasesMax ? "high" : "low",
      summary: `${aliases} aliases lead to the key`,
      remedy: "ask the upstream for a target nearer to the key",
    });
  return findings;
}
