import { type Check, outcomeOf } from "../../check.ts";
import type { SelectorEvidence } from "../../evidence.ts";
import { judgeTrace, type TracedChain } from "../../../trace.ts";
import { shownTexts } from "./tell.ts";

/** AUD-C-11: a name that nobody has made up is answered as if it were a selector (RFC 4592). */
export const wildcardInTheWay: Check = {
  name: "no-wildcard",
  title: "A selector that does not exist is not answered",
  codes: ["WildcardInTheWay"],
  look: ({ domain, selectors, discovery: { wildcard } }) => {
    if (wildcard === undefined || revokesAll(wildcard, selectors)) return outcomeOf([]);
    const subject = `_domainkey.${domain}`;
    const [alias] = wildcard.aliases;
    return outcomeOf([
      {
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
      },
    ]);
  },
};

/** A domain that sends no mail says of every selector at once that it is revoked: the wildcard is meant. */
const revokesAll = (wildcard: TracedChain, selectors: readonly SelectorEvidence[]): boolean =>
  isRevoked("*", wildcard) &&
  selectors.every(({ keyName, chain }) => chain.outcome === "absent" || isRevoked(keyName, chain));

const isRevoked = (keyName: string, chain: TracedChain): boolean =>
  chain.outcome === "present" && judgeTrace(keyName, chain).findings.some(({ code }) => code === "KeyRevoked");
