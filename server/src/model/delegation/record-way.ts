import type { AuditFinding } from "../audit/check.ts";
import { aliasChainTooLong, aliasLoop, conflictingRecords } from "../audit/checks/chain/aliases.ts";
import { cnameMissing } from "../audit/checks/chain/expected-alias.ts";
import { plainlySeen } from "../audit/checks/chain/key-name.ts";
import { answersEveryName } from "../audit/checks/chain/wildcard.ts";
import type { TracedChain } from "../traced-chain.ts";
import type { CustomerRecord } from "./delegation.ts";
import type { KeptRecordProblem } from "./kept-record.ts";

/**
 * What following an alias that is not as it should be brought: what is wrong with where it leads, and what is to be told beside that.
 * `open`: domains on the way that anybody could register.
 */
export function wayProblems(
  { name, data }: Pick<CustomerRecord, "name" | "data">,
  chain: TracedChain,
  open: readonly string[],
): { problem?: KeptRecordProblem; also: KeptRecordProblem[] } {
  const seen = plainlySeen(name, chain);
  const tooLong = aliasChainTooLong(seen);
  const also = tooLong === undefined ? [] : [toldOf(tooLong)];
  const shared = conflictingRecords(seen) ?? aliasLoop(seen);
  const problem = shared === undefined ? (openWay(chain, open) ?? detour(chain, data)) : toldOf(shared);
  return problem === undefined ? { also } : { problem, also };
}

/** A finding of the auditor, as a problem of a record. */
const toldOf = ({ code, severity, subject, summary, evidence, remedy }: AuditFinding): KeptRecordProblem => ({
  code,
  severity,
  subject,
  problem: summary,
  evidence,
  remedy,
});

const pathOf = ({ aliases }: TracedChain): string[] => aliases.map(({ name, target }) => `${name} → ${target}`);

function openWay(chain: TracedChain, open: readonly string[]): KeptRecordProblem | undefined {
  if (open.length === 0) return undefined;
  return {
    code: "TakeoverRisk",
    severity: "critical",
    problem: `the alias leads to ${open.join(", ")}, which is not registered: whoever registers it can sign as you`,
    evidence: pathOf(chain),
    remedy: "do it today",
  };
}

/** Names of the customer's own stand between: its mail verifies, and a key that is new is not waited for along a way that we do not know. */
function detour(chain: TracedChain, data: string): KeptRecordProblem | undefined {
  const target = data.replace(/\.$/, "");
  if (!chain.aliases.slice(1).some((alias) => alias.target === target)) return undefined;
  return {
    code: "CnameMismatch",
    severity: "high",
    problem: "the alias leads to us by way of other names: the key is found, and no further key is taken over that way",
    evidence: pathOf(chain),
    remedy: "let the alias lead straight to us",
  };
}

/** Addresses stand where the alias should be: the DNS host answers for it as a proxy. */
export function proxyProblem(
  { name, data }: Pick<CustomerRecord, "name" | "data">,
  chain: TracedChain,
  addresses: readonly string[],
): KeptRecordProblem | undefined {
  const target = data.replace(/\.$/, "");
  const told =
    addresses.length === 0 ? undefined : cnameMissing({ ...plainlySeen(name, chain), expected: { target }, addresses });
  return told && toldOf(told);
}

/** A name below `_domainkey` that nobody made is answered as if it were a selector. */
export function wildcardProblem(domain: string, random: TracedChain): KeptRecordProblem | undefined {
  const isAnswered = random.outcome === "present" || random.aliases.length > 0;
  return isAnswered ? toldOf(answersEveryName(`_domainkey.${domain}`, random)) : undefined;
}
