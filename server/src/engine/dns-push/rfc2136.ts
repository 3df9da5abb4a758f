import { randomInt } from "node:crypto";
import {
  formatMessage,
  parseHeader,
  parseMessage,
  RCODE,
  rcodeName,
  signRequest,
  TsigStream,
  updateMessage,
  type Message,
  type Rrset,
  type RrsetChange,
  plainQuery,
} from "chancery/dns";
import { askOverTcp } from "../resolver/transport/stream.ts";
import type { Pusher, PushOutcome, PushTarget } from "./target.ts";

type Target = Extract<PushTarget, { by: "rfc2136" }>;
type Answer = { ok: true; message: Message } | { ok: false; problem: string };

const timeoutMs = 10_000;
/** A message has 64 KiB; a change stands in it twice, before and after. */
const batchOctetsMax = 24_000;
const recordOctets = 300;

/** Pushes by dynamic update (RFC 2136) with TSIG, in messages that are carried out whole or not at all. `now` in epoch seconds. */
export function rfc2136Pusher(target: Target, now: () => number): Pusher {
  const look: Pusher["look"] = async (_zone, name, type) => {
    const answer = await ask(target, question(name, type), now);
    if (!answer.ok) return "unknown";
    const { rcode, authoritative, answers } = answer.message;
    if ((rcode !== RCODE.NOERROR && rcode !== RCODE.NXDOMAIN) || !authoritative) return "unknown";
    const found = answers.filter((record) => record.type === type && record.name === name);
    return found.length === 0 ? undefined : { name, type, ttl: found[0]!.ttl, data: found.map(({ data }) => data) };
  };

  const send = async (zone: string, changes: readonly RrsetChange[]): Promise<PushOutcome | "prerequisite"> => {
    const answer = await ask(target, updateMessage(randomInt(0x10000), zone, changes), now);
    if (!answer.ok) return { result: "failed", problem: answer.problem };
    const { rcode } = answer.message;
    if (rcode === RCODE.NOERROR) return { result: "done" };
    return prerequisiteFailures.has(rcode)
      ? "prerequisite"
      : { result: "failed", problem: refusalText(target, zone, rcode) };
  };

  /** A message whose prerequisites fail is halved until the changes in the way are known; the others are made. */
  const push = async (zone: string, changes: readonly RrsetChange[]): Promise<PushOutcome> => {
    const conflicts: { change: RrsetChange; found: Rrset | undefined }[] = [];
    const waiting = batches(changes);
    for (let batch = waiting.shift(); batch !== undefined; batch = waiting.shift()) {
      const outcome = await send(zone, batch);
      if (outcome !== "prerequisite") {
        if (outcome.result !== "done") return outcome;
        continue;
      }
      const [change] = batch;
      if (batch.length > 1) {
        const half = Math.ceil(batch.length / 2);
        waiting.unshift(batch.slice(0, half), batch.slice(half));
      } else if (change !== undefined) {
        const { name, type } = (change.after ?? change.before)!;
        const found = await look(zone, name, type);
        if (found === "unknown")
          return { result: "failed", problem: `${place(target)} does not say what stands at ${name}` };
        conflicts.push({ change, found });
      }
    }
    return conflicts.length === 0 ? { result: "done" } : { result: "conflict", conflicts };
  };
  return { push, look };
}

/** RFC 2136 §3.2: the RRset is there and should not be, or is not there or another one. */
const prerequisiteFailures: ReadonlySet<number> = new Set([
  RCODE.YXRRSET,
  RCODE.NXRRSET,
  RCODE.YXDOMAIN,
  RCODE.NXDOMAIN,
]);

function batches(changes: readonly RrsetChange[]): RrsetChange[][] {
  const all: RrsetChange[][] = [];
  let octets = Infinity;
  for (const change of changes) {
    const size = sizeOf(change.before) + sizeOf(change.after);
    if (octets + size > batchOctetsMax) {
      all.push([]);
      octets = 0;
    }
    all.at(-1)!.push(change);
    octets += size;
  }
  return all;
}

const sizeOf = (set: Rrset | undefined): number =>
  (set?.data ?? []).reduce((sum, data) => sum + recordOctets + data.length, recordOctets);

const question = (name: string, type: number): Message => plainQuery(name, type, { id: randomInt(0x10000) });

/** One message there and one back, both signed where there is a key. */
async function ask(target: Target, message: Message, now: () => number): Promise<Answer> {
  const { key, address, port } = target;
  const plain = formatMessage(message);
  const signed = key && signRequest(plain, key, now());
  const stream = key && signed && new TsigStream(key, signed.mac);
  const reply = await askOverTcp({ address, port }, signed?.message ?? plain, {
    timeoutMs,
    signal: undefined,
    judge: (bytes) => {
      const header = parseHeader(bytes);
      return header.ok && header.value.response && header.value.id === message.id ? "ours" : "distrust";
    },
  });
  if (reply.result === "failed")
    return {
      ok: false,
      problem: `no answer from ${place(target)} (${reply.failure}): is it running, and its TCP port open?`,
    };
  const verified = stream?.verify(reply.bytes, now());
  if (verified?.signature === "error")
    return {
      ok: false,
      problem: `${place(target)} does not take the key ${key!.name} (${verified.error}): name, algorithm, secret and clock have to agree`,
    };
  if (verified !== undefined && verified.signature !== "valid") {
    const unsigned = parseHeader(reply.bytes);
    const said = unsigned.ok ? `, saying ${rcodeName(unsigned.value.rcode)}` : "";
    return {
      ok: false,
      problem: `the answer of ${place(target)} is not signed with ${key!.name}${said}: not believed`,
    };
  }
  const parsed = parseMessage(verified?.message ?? reply.bytes);
  return parsed.ok
    ? { ok: true, message: parsed.value }
    : { ok: false, problem: `${place(target)}: ${parsed.problem}` };
}

const place = ({ address, port }: Target): string => `${address} port ${port}`;

function refusalText(target: Target, zone: string, rcode: number): string {
  const who = target.key === undefined ? "an update without a key" : `an update signed with ${target.key.name}`;
  switch (rcode) {
    case RCODE.REFUSED:
      return `${place(target)} refuses ${who} for ${zone}: allow it there (BIND: update-policy or allow-update; Knot: an acl with action: update)`;
    case RCODE.NOTAUTH:
    case RCODE.NOTZONE:
      return `${place(target)} is not the primary of ${zone} (${rcodeName(rcode)}): make the zone there first`;
    default:
      return `${place(target)} answers ${rcodeName(rcode)} to ${who} for ${zone}`;
  }
}
