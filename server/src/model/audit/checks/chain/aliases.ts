import { tell, type ChainRule } from "./tell.ts";

const aliasesAdvised = 3;
const aliasesMax = 8;
const straight = "let the first alias lead straight to the target";

/** AUD-C-07: an alias has to stand alone at its name (RFC 1034 §3.6.2). A server that gives both shows it. */
export const conflictingRecords: ChainRule = (seen) => {
  const { chain, besideAliases } = seen;
  const text = chain.outcome === "present" && chain.aliases.some(({ name }) => name === chain.finalName);
  const beside = besideAliases[0] ?? (text ? { name: chain.finalName, types: ["TXT"] } : undefined);
  if (beside === undefined) return undefined;
  return tell(seen, {
    code: "ConflictingRecords",
    severity: "high",
    summary: `${listed(beside.types)} stand at one name; which of them a resolver takes is undefined`,
    remedy: "remove the one that is not meant",
    at: beside.name,
  });
};

const listed = (types: readonly string[]): string =>
  types.includes("CNAME") ? "several aliases" : `an alias and other records (${types.join(", ")})`;

export const aliasLoop: ChainRule = (seen) =>
  seen.end.end !== "loop"
    ? undefined
    : tell(seen, {
        code: "AliasLoop",
        severity: "high",
        summary: "the alias chain returns to itself",
        remedy: "one of the aliases has to lead elsewhere",
      });

/** AUD-C-05: a chain that nobody could follow to its end is the worst of the long ones. */
export const aliasChainTooLong: ChainRule = (seen) => {
  const { length } = seen.chain.aliases;
  if (seen.end.end === "too-long" || length > aliasesMax)
    return tell(seen, {
      code: "AliasChainTooLong",
      severity: "high",
      summary: `${length} aliases: many resolvers give up`,
      remedy: straight,
    });
  if (length <= aliasesAdvised || seen.end.end === "loop") return undefined;
  return tell(seen, {
    code: "AliasChainTooLong",
    severity: "low",
    summary: `${length} aliases: each costs a look-up and can fail`,
    remedy: straight,
  });
};

/** AUD-C-03: there is an answer, and a resolver that validates refuses it. */
export const refusedAsBogus: ChainRule = (seen) =>
  seen.end.end === "unknown" && seen.end.reason === "bogus"
    ? tell(seen, {
        code: "DnssecBogus",
        severity: "medium",
        summary: "the resolver has an answer and refuses it: its DNSSEC signatures do not hold",
        evidence: [`asked for ${seen.chain.finalName}`],
        remedy: "see which zone fails (delv), and have whoever runs it sign it anew",
        at: seen.chain.finalName,
      })
    : undefined;

/** AUD-C-03: no answer is no absence. */
export const undetermined: ChainRule = (seen) =>
  seen.end.end !== "unknown"
    ? undefined
    : tell(seen, {
        code: "Undetermined",
        severity: "low",
        summary: `DNS gave no answer that says anything (${seen.end.reason})`,
        evidence: [`asked for ${seen.chain.finalName}`],
        remedy: "ask again, or ask another resolver",
        at: seen.chain.finalName,
      });
