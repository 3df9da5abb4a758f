import { latest } from "../key/key-fact.ts";
import type { KeyRole } from "../key/key-role.ts";
import { isRevoked } from "../key/key-revocation.ts";
import { type DomainState, isCalledOff, keysIn, type ManagedKey, runningWait } from "./rotation-state.ts";

/**
 * The key that could sign again: the last one that stopped and still drains, so that its record stands, and whose private half is here. Not one
 * that stopped because its record was gone: caches may know that.
 */
export const predecessorOf = (state: DomainState, role: KeyRole): ManagedKey | undefined =>
  keysIn(state, role, "draining")
    .filter((key) => key.privateHalf !== "gone" && !isRevoked(key) && stopped(key)?.evidence.missing === undefined)
    .toSorted((a, b) => stoppedMs(a) - stoppedMs(b))
    .at(-1);

const stopped = (key: ManagedKey): ReturnType<typeof latest<"deactivated">> => latest(key.facts, "deactivated");
const stoppedMs = (key: ManagedKey): number => stopped(key)?.trustedMs ?? 0;

/** The draining key that was called back, for as long as the call stands. */
export const recalledKey = (state: DomainState, role: KeyRole): ManagedKey | undefined =>
  keysIn(state, role, "draining").find((key) => state.trustedMs <= recallEndsMs(key));

/**
 * Until when a draining key that was called back is waited for: to the end of its drain, or, called later, while its record still stands
 * because its successor's is lost, for as long again. What cannot be seen by then is not gone back to. -1: it was not called since it stopped.
 */
export function recallEndsMs(key: ManagedKey): number {
  const since = key.facts.findLastIndex(({ kind }) => kind === "deactivated");
  const called = latest(key.facts.slice(Math.max(0, since)), "recalled");
  if (called === undefined) return -1;
  const drainEndsMs = runningWait(key)?.endsMs ?? 0;
  const drainMs = (stopped(key)?.evidence.drainSeconds ?? 0) * 1000;
  return called.trustedMs <= drainEndsMs ? drainEndsMs : called.trustedMs + drainMs;
}

/** Who signs where nobody does: a key that stands ready, else the one that drains, else one that is yet to be seen, until when mail waits. */
export type StandIn = { by: "stand-by" | "predecessor"; selector: string } | { by: "new-key" };

export function standInFor(state: DomainState, role: KeyRole): StandIn {
  const [ready] = keysIn(state, role, "ready").filter((key) => !isCalledOff(state, key));
  if (ready !== undefined) return { by: "stand-by", selector: ready.selector };
  const predecessor = predecessorOf(state, role);
  return predecessor === undefined ? { by: "new-key" } : { by: "predecessor", selector: predecessor.selector };
}
