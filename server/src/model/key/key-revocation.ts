import { createHash } from "node:crypto";
import { latest, type TrustedMs } from "./key-fact.ts";
import { longestTtlSeconds } from "./record-ttl.ts";
import type { ManagedKey } from "../rotation/rotation-state.ts";
import type { Seconds } from "../seconds.ts";
import { settleWaitSeconds, type TimingPolicy } from "../rotation/timing-policy.ts";

/**
 * What stands in place of a revoked key's record: an empty `p=` (RFC 6376 §3.6.1). The note says which key it was, so that an old
 * one that a name server comes back with is not taken for a word about the name's next key.
 */
export const revokedTextOf = (record: string): string =>
  `v=DKIM1; n=revoked-${createHash("sha256").update(record).digest("hex").slice(0, 16)}; p=`;

/** Whether a TXT is meant as a key record, revoked or not. */
export const isKeyLike = (text: string): boolean => /(?:^|;)[ \t]*p[ \t]*=/.test(text);

/** Whether a key record says `p=` with nothing behind it. */
export const isEmptied = (text: string): boolean => /(?:^|;)[ \t]*p[ \t]*=[ \t]*(?:;|$)/.test(text);

/** Revoked by us, by its customer, or before a restore that forgot it: there is no way back (I-15). */
export const isRevoked = (key: ManagedKey): boolean => latest(key.facts, "revoking") !== undefined;

/**
 * How long signatures made with the key may go on to verify, once every server says that it is revoked: caches keep the record for
 * its TTL, and a resolver that serves stale answers (RFC 8767) for `staleServingSeconds` on top. `endsMs`: on the trusted clock;
 * undefined while a server still has the key.
 */
export type ResidualWindow = { cacheSeconds: Seconds; staleServingSeconds: Seconds; endsMs: TrustedMs | undefined };

export function residualWindow(key: ManagedKey, policy: TimingPolicy): ResidualWindow {
  const { staleServingSeconds } = policy;
  const published = latest(key.facts, "publishing");
  if (published === undefined) return { cacheSeconds: 0, staleServingSeconds: 0, endsMs: 0 };
  const cacheSeconds = settleWaitSeconds(longestTtlSeconds(key), policy);
  const seenMs = latest(key.facts, "revoked")?.evidence.seenTrustedMs;
  const endsMs = seenMs === undefined ? undefined : seenMs + (cacheSeconds + staleServingSeconds) * 1000;
  return { cacheSeconds, staleServingSeconds, endsMs };
}
