import { rcodeName, readTxt, TYPE, type ResourceRecord } from "chancery/dns";
import { classifyAuthoritative, type Classified } from "../classify.ts";
import type { Transport } from "../transport/exchange.ts";
import type { AuthorityAnswer, RecordSeen } from "./observation.ts";
import type { IterativeSession } from "../session.ts";

const defaultTimeoutMs = 1500;

/** What one address said to one question, as it was and as it was read. */
export type Heard = { rttMs: number; rcode?: string; classified: Classified | { kind: "truncated" } };

/** A question to one address of the zone `apex`, over one transport; absent means UDP, and TCP where the answer is cut. */
type Question = { address: string; name: string; type: number; apex: string; transport?: Transport };

export async function askAddress(
  session: IterativeSession,
  { address, name, type, apex, transport }: Question,
): Promise<Heard> {
  const timeoutMs = session.options.timeoutMs ?? defaultTimeoutMs;
  const done = await session.ask(address, name, type, { timeoutMs, ...(transport && { transport }) });
  if ("reason" in done) return { rttMs: 0, classified: { kind: "failed", reason: done.reason } };
  const { rttMs } = done;
  if (done.result === "failed") {
    const reason = session.limitReached() ?? done.failure;
    return { rttMs, classified: { kind: "failed", reason } };
  }
  const rcode = rcodeName(done.message.rcode);
  if (done.message.truncated) return { rttMs, rcode, classified: { kind: "truncated" } };
  return { rttMs, rcode, classified: classifyAuthoritative(done.message, name, type, apex) };
}

export function answerOf({ classified, ...heard }: Heard): AuthorityAnswer {
  if (classified.kind === "records") {
    const alias = classified.alias ? { alias: classified.alias } : {};
    return { ...heard, state: "records", records: classified.records.map(recordSeen), ...alias };
  }
  if (classified.kind === "alias") return { ...heard, state: "alias", alias: classified.alias };
  if (classified.kind === "absent") {
    const { reason, negativeTtl } = classified;
    return { ...heard, state: "absent", reason, ...(negativeTtl === undefined ? {} : { negativeTtl }) };
  }
  if (classified.kind === "truncated") return { ...heard, state: "truncated" };
  // A referral sends us on where the server should know: whatever it is, it is not authoritative for the name.
  return { ...heard, state: "unknown", reason: classified.kind === "failed" ? classified.reason : "lame" };
}

const recordSeen = (record: ResourceRecord): RecordSeen => ({
  ttl: record.ttl,
  data: Buffer.from(record.data).toString("base64"),
  ...(record.type === TYPE.TXT ? { text: readTxt(record.data).join("") } : {}),
});
