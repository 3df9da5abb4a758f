import { utcText } from "../../../seconds.ts";
import type { AuditFinding, Check } from "../../check.ts";
import { doesNotApply, needsEvidence, outcomeOf } from "../../check.ts";
import type { VantageEvidence } from "../../evidence/delegation.ts";
import { digAt } from "../../dig.ts";
import type { AuditEvidence } from "../../evidence.ts";
import { authoritativeChain, stalenessOf } from "./staleness.ts";
import { definiteAnswers, type ResolverAnswer } from "./vantage-answers.ts";
import { shown } from "./said.ts";

/** Failure mode 7: a change that some resolvers see and others do not, and until when. */
export const resolversAgree: Check = {
  name: "resolvers-agree",
  title: "Resolvers in different places see the same keys",
  codes: ["ResolversDisagree", "OldAnswersCached"],
  look: (evidence) => {
    const vantagePoints = evidence.delegation?.vantagePoints;
    if (vantagePoints === undefined) return needsEvidence("the answers of several resolvers (leave --dns out)");
    if (vantagePoints.length === 0) return doesNotApply;
    if (!vantagePoints.some((seen) => isComparable(seen, evidence)))
      return needsEvidence(
        "the answers of a second resolver (--resolver, given again), or of the authoritative servers",
      );
    return outcomeOf(vantagePoints.flatMap((seen) => disagreementOn(seen, evidence)));
  },
};

/** Two resolvers can be compared, or one with what the servers say. */
function isComparable(seen: VantageEvidence, { delegation }: AuditEvidence): boolean {
  const { length } = definiteAnswers(seen);
  return length > 1 || (length === 1 && authoritativeChain(seen.keyName, delegation?.authorities).state === "agreed");
}

function disagreementOn(seen: VantageEvidence, evidence: AuditEvidence): AuditFinding[] {
  const answers = definiteAnswers(seen);
  const groups = [...Map.groupBy(answers, ({ text }) => text)];
  const truth = authoritativeChain(seen.keyName, evidence.delegation?.authorities);
  // Servers that disagree are the fault; that resolvers do follows from it.
  if (truth.state === "differ") return [];
  const current = truth.state === "agreed" ? truth.text : undefined;
  const old = answers.filter(({ text }) => text !== current);
  const texts = new Set([
    ...groups.map(([text]) => text),
    ...(current === undefined || old.length === 0 ? [] : [current]),
  ]);
  if (texts.size < 2) return [];
  const remaining = old.map(({ remainingSeconds }) => remainingSeconds);
  const untilText = remaining.every((seconds) => seconds !== undefined)
    ? `${current === undefined ? "whichever is old lives" : "old answers live"} until ${utcText(evidence.at + Math.max(...remaining))} at most (${Math.max(...remaining)} s)`
    : "how long the old answers live is not known";
  const isExplained = truth.state === "agreed" && old.every((answer) => stalenessOf(answer, truth) === "within TTL");
  return [
    {
      code: isExplained ? "OldAnswersCached" : "ResolversDisagree",
      severity: isExplained ? "info" : "medium",
      subject: seen.keyName,
      summary: `${isExplained ? "a change is on its way: " : ""}${current === undefined ? "resolvers" : "resolvers and servers"} give ${texts.size} different answers; ${untilText}`,
      evidence: [
        ...groups.map(([text, same]) => `${shown(text)}: ${same.map(seenText).join(", ")}`),
        ...(current === undefined ? [] : [`the authoritative servers say: ${shown(current)}`]),
      ],
      remedy: isExplained
        ? "wait until then; keep the old key signing, or both keys published, for as long"
        : "keep both keys published until the old answers are gone; where they outlive the zone's TTL, lower the TTL before the next change, and ask who runs that resolver",
      commands: answers.flatMap(({ resolver }) => digResolver(resolver, seen.keyName)),
    },
  ];
}

const seenText = ({ resolver, remainingSeconds }: ResolverAnswer): string =>
  remainingSeconds === undefined ? resolver : `${resolver} (for ${remainingSeconds} s still)`;

/** HOST:PORT as `dig` wants it. */
function digResolver(resolver: string, name: string): string[] {
  const at = resolver.lastIndexOf(":");
  const port = resolver.slice(at + 1);
  const host = resolver.slice(0, at).replaceAll(/[[\]]/g, "");
  return digAt(host, name, "TXT", ...(port === "53" ? [] : ["-p", port]));
}
