import type { AnswerFacts, AnswerKind } from "chancery/dns";
import { randomInt } from "node:crypto";

/** What becomes of a reply: sent, held back, or sent empty with TC so that an honest client asks again over TCP. */
export type Verdict = "send" | "drop" | "slip";

export type RateLimits = {
  /** Equal answers a second to one group of clients. */
  responsesPerSecond: number;
  /** Of the answers over the limit, each how many-th is sent empty with TC; 0: none. */
  slip: number;
};

export type RateLimiter = { judge(facts: AnswerFacts, client: Uint8Array): Verdict };

/** Answers of any kind to one group of clients, in equal answers: a large resolver asks for many names. */
const allFactor = 40;
/** A client that goes on stays limited until it has been quiet for so long. */
const windowSeconds = 5;
/** Places for counts, sets of `ways`; the one longest unused gives way. */
const slots = 1 << 17;
const ways = 4;
const classOf: Record<AnswerKind, number> = { positive: 1, referral: 2, nodata: 3, nxdomain: 4, error: 5, transfer: 6 };
const allClass = 7;

/**
 * Response rate limiting: who forges a victim's address gets no more out of us than a trickle. Counted is what would be sent: equal answers
 * (name and type; for a name that does not exist its zone, for errors nothing more) to one group of clients, that is an IPv4 /24 or an IPv6 /56, and
 * all answers to the group. Memory is fixed; a client does nothing to it that others would feel for long. `nowMs` may be any clock
 * that does not go back. Loopback is exempt unless `loopback` says otherwise.
 */
export function createRateLimiter(
  { responsesPerSecond, slip }: RateLimits,
  nowMs: () => number,
  loopback: "exempt" | "limited" = "exempt",
): RateLimiter {
  const seed = randomInt(0x1_0000_0000);
  const keys = new Uint32Array(slots);
  const usedMs = new Float64Array(slots);
  const balances = new Float32Array(slots);
  let limited = 0;

  /** Takes one from an account and answers what is left. */
  const charge = (key: number, now: number, perSecond: number): number => {
    const first = key & (slots - 1) & ~(ways - 1);
    let slot = first;
    let oldest = first;
    for (; slot < first + ways && keys[slot] !== key; slot++) if (usedMs[slot]! < usedMs[oldest]!) oldest = slot;
    if (slot === first + ways) {
      slot = oldest;
      keys[slot] = key;
      balances[slot] = perSecond;
    } else {
      const earned = ((now - usedMs[slot]!) / 1000) * perSecond;
      balances[slot] = Math.min(perSecond, balances[slot]! + earned);
    }
    usedMs[slot] = now;
    balances[slot] = Math.max(balances[slot]! - 1, -perSecond * windowSeconds);
    return balances[slot]!;
  };

  const judge = (facts: AnswerFacts, client: Uint8Array): Verdict => {
    if (loopback === "exempt" && isLoopback(client)) return "send";
    const group = groupHash(client, seed);
    const now = nowMs();
    const key = mixed(group ^ mixed(subjectOf(facts) + Math.imul(classOf[facts.kind], 0x9e3779b1)));
    const left = Math.min(
      charge(key, now, responsesPerSecond),
      charge(mixed(group + allClass), now, allFactor * responsesPerSecond),
    );
    if (left >= 0) return "send";
    return slip > 0 && ++limited % slip === 0 ? "slip" : "drop";
  };
  return { judge };
}

/** What makes two answers equal: the amplifier's choice is the name, except where any name will do. */
function subjectOf({ kind, nameHash, type, zone }: AnswerFacts): number {
  if (kind === "error") return 0;
  return kind === "nxdomain" ? zone : nameHash + Math.imul(type, 0x85ebca6b);
}

/** One value for an IPv4 /24 or an IPv6 /56. */
function groupHash(client: Uint8Array, seed: number): number {
  const octets = client.length === 4 ? 3 : 7;
  let hash = seed;
  for (let at = 0; at < octets; at++) hash = Math.imul(hash ^ client[at]!, 0x01000193);
  return mixed(hash);
}

function isLoopback(client: Uint8Array): boolean {
  if (client.length === 4) return client[0] === 127;
  for (let at = 0; at < 15; at++) if (client[at] !== 0) return false;
  return client[15] === 1;
}

/** The finalizer of MurmurHash3. */
function mixed(hash: number): number {
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
