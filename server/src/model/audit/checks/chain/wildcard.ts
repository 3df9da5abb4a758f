import { judgeTrace } from "../../../trace.ts";
import type { TracedChain } from "../../../traced-chain.ts";
import { type AuditFinding, type Check, outcomeOf } from "../../check.ts";
import type { AuditEvidence } from "../../evidence.ts";
import { shownTexts } from "./tell.ts";

/** AUD-C-11: a name that nobody has made up is answered as if it were a selector (RFC 4592). */
export const wildcardInTheWay: Check = {
  name: "no-wildcard",
  title: "A selector that does not exist is not answered",
  codes: ["WildcardInTheWay"],
  look: (evidence) => {
    const { domain, discovery } = evidence;
    const { wildcard } = discovery;
    if (wildcard === undefined || revokesAll(evidence)) return outcomeOf([]);
    return outcomeOf([answersEveryName(`_domainkey.${domain}`, wildcard)]);
  },
};

/** What is told where a random name below `subject` was answered: with what, and what to do. */
export function answersEveryName(subject: string, wildcard: TracedChain): AuditFinding {
  const [alias] = wildcard.aliases;
  return {
    code: "WildcardInTheWay",
    severity: "medium",
    subject,
    summary: `every name below ${subject} is answered, also those of selectors that do not exist`,
    evidence: [
      ...(alias === undefined ? [] : [`a random selector → ${alias.target}`]),
      ...(wildcard.outcome === "present" ? shownTexts(wildcard.texts.map(({ text }) => text)) : []),
    ],
    remedy: `let the wildcard not reach below ${subject}: publish the names that are meant one by one, or any record at ${subject} itself where the wildcard stands above it`,
    commands: [`dig +noall +answer +comments no-such-selector.${subject} TXT`],
  };
}

/** A domain without a key of its own that revokes every selector: so one says that it sends no mail. */
function revokesAll({ domain, selectors, discovery: { wildcard } }: AuditEvidence): boolean {
  const isRevoked = (name: string, chain: NonNullable<typeof wildcard>): boolean =>
    judgeTrace(name, chain).findings.some(({ code }) => code === "KeyRevoked");
  return (
    wildcard !== undefined &&
    isRevoked(`*._domainkey.${domain}`, wildcard) &&
    selectors.every(({ keyName, chain }) => isRevoked(keyName, chain))
  );
}
