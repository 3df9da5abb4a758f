import type { RecordVerdict } from "./record-check.ts";
import type { TrustedMs } from "../key/key-fact.ts";
import { positiveTtlMaxSeconds } from "../rotation/timing-policy.ts";

/** What stood in place of a record when it was looked at: caches may keep it until then. */
export type Former = { zone: string; untilMs: TrustedMs };

/** What caches may hold after this look, if anything: what stands there now, or what stood there before. */
export function formerAfter(
  before: Former | undefined,
  { otherTtlSeconds = 0 }: Pick<RecordVerdict, "otherTtlSeconds">,
  zone: string,
  trustedMs: TrustedMs,
): Former | undefined {
  const untilMs = trustedMs + Math.min(otherTtlSeconds, positiveTtlMaxSeconds) * 1000;
  if (before !== undefined && before.untilMs >= untilMs && before.untilMs > trustedMs) return before;
  return otherTtlSeconds > 0 ? { zone, untilMs } : undefined;
}
