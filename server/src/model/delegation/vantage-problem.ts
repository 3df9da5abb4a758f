import type { NameObservation, ServerAnswer } from "../rotation/chain-observation.ts";
import { durationText, hour, type Seconds } from "../seconds.ts";
import type { CustomerRecord } from "./delegation.ts";
import { holdsKey, type KeptRecordProblem } from "./kept-record.ts";

/** Where no SOA told it, no resolver remembers for longer that a name was not there (RFC 2308 §5). */
const negativeTtlMax: Seconds = 3 * hour;

/**
 * Every authoritative server has the record, and a resolver elsewhere does not see it. For as long as the TTLs explain that, it is
 * nothing: `presentSince` is when the servers were first seen to have it, undefined at the first look.
 */
export function vantageProblem(
  record: Pick<CustomerRecord, "type" | "data">,
  { answers, negativeTtlSeconds }: NameObservation,
  presentSince: Seconds | undefined,
  now: Seconds,
  elsewhere: readonly ServerAnswer[],
): KeptRecordProblem | undefined {
  if (presentSince === undefined) return undefined;
  const ttls = answers.flatMap(({ said }) => (said.kind === "answer" ? said.records.map((one) => one.ttlSeconds) : []));
  const explained = Math.max(negativeTtlSeconds ?? negativeTtlMax, ...ttls);
  if (now - presentSince <= explained) return undefined;
  const without = elsewhere.flatMap(({ address, said }) => {
    if (said.kind !== "answer" || sees(record, said.records)) return [];
    const found = said.records.map(({ type, data }) => `${type} ${data}`).join(", ");
    return [`${address}: ${found === "" ? "nothing there" : found}`];
  });
  if (without.length === 0) return undefined;
  return {
    code: "ResolversDisagree",
    severity: "medium",
    problem: `every name server of the zone has the record, and resolvers elsewhere do not see it after ${durationText(now - presentSince)}`,
    evidence: without,
    remedy: "ask who runs those resolvers, or your DNS host if it answers by where the question comes from",
  };
}

function sees(
  { type, data }: Pick<CustomerRecord, "type" | "data">,
  records: readonly { type: string; data: string }[],
): boolean {
  if (type === "CNAME") {
    const target = data.replace(/\.$/, "").toLowerCase();
    return records.some((one) => one.type === "CNAME" && one.data.replace(/\.$/, "").toLowerCase() === target);
  }
  const texts = records.flatMap((one) => (one.type === "TXT" ? one.data : []));
  return holdsKey(data.replace(/^"|"$/g, ""), texts);
}
