import { looksLikeKeyRecord } from "chancery/dkim";
import type { NameObservation, ServerAnswer } from "../rotation/chain-observation.ts";
import type { CustomerRecord } from "./delegation.ts";
import { isAllLame } from "./delegation-problem.ts";
import { holdsKey, type KeptRecordProblem, keptRecordProblem } from "./kept-record.ts";

/** What of an answer tells one fault from another. */
type Told = { address: string; names: readonly string[]; texts: readonly string[] };

/**
 * What exactly is wrong where a record is not as it should be, by what every authoritative address said: one fault, the most
 * telling one. Undefined: no more than that it is absent, wrong or unknown. `keys`: the key records of the claim.
 */
export function recordProblem(
  record: CustomerRecord,
  observed: NameObservation,
  keys: readonly string[],
): KeptRecordProblem | undefined {
  const lame = lameProblem(observed);
  if (lame !== undefined) return lame;
  if (record.type === "NS") return undefined;
  const told = observed.answers.flatMap((answer) => toldBy(answer));
  if (told.every(({ names, texts }) => names.length + texts.length === 0)) return undefined;
  const isAlias = record.type === "CNAME";
  const right = isAlias ? bareName(record.data) : bareText(record.data);
  const has = ({ names, texts }: Told): boolean => (isAlias ? names : texts).includes(right);
  const alike = told.every((one) => has(one) === has(told[0]!));
  if (!alike) return disagreement(told.filter((one) => !has(one)));
  return isAlias ? aliasProblem(right, told[0]!, keys) : undefined;
}

function toldBy({ address, said }: ServerAnswer): Told[] {
  if (said.kind !== "answer") return [];
  const of = (type: "CNAME" | "TXT"): string[] => said.records.flatMap((one) => (one.type === type ? one.data : []));
  return [{ address, names: of("CNAME").map(bareName), texts: of("TXT").map(bareText) }];
}

const bareName = (name: string): string => name.replace(/\.$/, "").toLowerCase();
const bareText = (text: string): string => (text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text);

/** No server that is listed for the zone answers for it. */
function lameProblem(observed: NameObservation): KeptRecordProblem | undefined {
  if (!isAllLame(observed)) return undefined;
  return {
    code: "LameDelegation",
    severity: "high",
    problem: `no name server that is listed for ${observed.zone === "" ? `the zone of ${observed.name}` : observed.zone} answers for it`,
    remedy: "let the registrar list the name servers that have the zone; then look again",
  };
}

const disagreement = (without: readonly Told[]): KeptRecordProblem => ({
  code: "ResolversDisagree",
  severity: "medium",
  problem: `the name servers of the zone disagree: the record is not, or not alone, at ${[...new Set(without.map(({ address }) => address))].join(", ")}`,
  remedy: "wait until all of them have the change; if one stays behind, your DNS host has to mend it",
});

/** One thing stands at the name at every server, and it is not the alias alone. */
function aliasProblem(target: string, { names, texts }: Told, keys: readonly string[]): KeptRecordProblem | undefined {
  if (names.length > 1 || (names.length > 0 && texts.length > 0))
    return {
      code: "ConflictingRecords",
      severity: "high",
      problem: "an alias and other records stand at one name; which of them a resolver takes is undefined",
      remedy: "remove every other record at this name",
    };
  const [leads] = names;
  if (leads !== undefined && leads.startsWith(`${target}.`))
    return {
      code: "CnameMismatch",
      severity: "high",
      problem: `the alias leads to ${leads}: the DNS host added your domain to the target`,
      remedy: "write the target with a dot at its end, or as the DNS host wants a whole name",
    };
  if (texts.length === 0) return undefined;
  if (keys.some((key) => holdsKey(key, texts)))
    return {
      code: "Flattened",
      severity: "medium",
      problem:
        "our key stands there as a copy: the alias was turned into a text, and will not follow when the key changes",
      remedy:
        "remove the TXT record and make the alias; where the DNS host flattens aliases, switch that off for this name",
    };
  const asKey = texts.some((text) => looksLikeKeyRecord(text));
  return asKey ? keyProblem(keys[0] ?? "", texts) : undefined;
}

/** What is wrong where texts stand, and no alias. Servers that are asked for aliases alone say that nothing is there. Undefined: no key. */
export const textProblem = (
  record: Pick<CustomerRecord, "data">,
  texts: readonly string[],
  keys: readonly string[],
): KeptRecordProblem | undefined => aliasProblem(bareName(record.data), { address: "", names: [], texts }, keys);

/** A key record in the place of the alias: of somebody else, revoked, cut short, or several. */
const keyProblem = (expected: string, texts: readonly string[]): KeptRecordProblem | undefined => {
  const problem = keptRecordProblem(expected, texts);
  return problem && { ...problem, problem: `a text stands where the alias belongs: ${problem.problem}` };
};
