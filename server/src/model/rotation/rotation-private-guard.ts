import { forgottenAt, twinOf } from "../key/disclosure.ts";
import { latest, type TrustedMs } from "../key/key-fact.ts";
import type { Block, Moment } from "./rotation-guard.ts";
import { about } from "./rotation-sight.ts";
import { broughtAs, isKeptByCustomer, type ManagedKey } from "./rotation-state.ts";

// When a private half may be made public, and when it may cease to be.

export function notForgotten({ state, policy, key }: Moment): Block | undefined {
  const forgotten = key && forgottenAt(key, policy);
  if (key === undefined || forgotten === undefined) return undefined;
  if (state.trustedMs > forgotten.endsMs) return undefined;
  const reason = "a resolver that cannot reach us may still serve its record";
  return { wait: { for: "disclosure", ...about(key), untilTrustedMs: forgotten.endsMs + 1, reason } };
}

export function hasTwin({ state, key }: Moment): Block | undefined {
  const twin = key && twinOf(state, key);
  if (key === undefined || twin === undefined) return undefined;
  return { wait: { for: "disclosure", ...about(key), reason: `${twin.selector} carries the same key` } };
}

export function tooEarlyToDestroy({ state, policy, key }: Moment): Block | undefined {
  if (key === undefined) return undefined;
  const freed = (latest(key.facts, "withdrawn") ?? outOfOurHands(key))?.trustedMs ?? state.trustedMs;
  const stopped = latest(key.facts, "deactivated")?.trustedMs ?? 0;
  const endsMs = Math.max(freed + policy.destroyAfterSeconds * 1000, stopped + policy.rollbackWindowSeconds * 1000);
  if (state.trustedMs >= endsMs) return undefined;
  return {
    wait: { for: "destruction", ...about(key), untilTrustedMs: endsMs, reason: "its private half is kept for a while" },
  };
}

/**
 * Since when there is nothing more that we could do about a record, gone or not: the customer was asked to remove it; or it stays
 * for others who sign with the key, and we do not.
 */
const outOfOurHands = (key: ManagedKey): { trustedMs: TrustedMs } | undefined =>
  isKeptByCustomer(key) ? (latest(key.facts, "withdrawing") ?? undeclaredSince(key)) : undeclaredSince(key);

const undeclaredSince = (key: ManagedKey): { trustedMs: TrustedMs } | undefined =>
  broughtAs(key) === "shared" ? latest(key.facts, "deactivated") : undefined;
