import { latest } from "../key/key-fact.ts";
import type { KeyPhase } from "../key/key-phase.ts";
import { roleOf } from "../key/key-role.ts";
import { broughtAs, type DomainState, pendingRotations, phaseOfKey } from "./rotation-state.ts";
import { day, type Seconds } from "../seconds.ts";
import type { TimingPolicy } from "./timing-policy.ts";

/** A domain whose signers have told of no signature for so long sends nothing that a lost record could break. */
export const quietAfterSeconds: Seconds = day;

const resting: ReadonlySet<KeyPhase> = new Set(["active", "ready", "withdrawn", "destroyed"]);

/**
 * How often a domain is looked at whose keys only stand where they are. Where mail is signed that is what a vanished record costs (F-32); where
 * none is, a look costs as much and finds nothing that matters, and most of a million domains are of that kind. A look that finds a fault is
 * followed by others at `observeIntervalSeconds` all the same.
 */
export const lookInterval = (streams: readonly DomainState[], policy: TimingPolicy): Seconds =>
  streams.some(signs) && streams.every(isQuiet)
    ? Math.max(policy.watchIntervalSeconds, Math.min(policy.quietWatchIntervalSeconds, policy.claimCheckSeconds))
    : policy.watchIntervalSeconds;

/** Where no key of ours signs, as behind `cname-chain`, nobody tells us when mail is sent. */
const signs = ({ keys }: DomainState): boolean => keys.some((key) => phaseOfKey(key) === "active");

/** Nothing is under way, and nobody has signed for a day. Who else signs with a key that was brought is not told. */
function isQuiet(state: DomainState): boolean {
  const { keys, algorithms, move, wallMs } = state;
  const since = wallMs / 1000 - quietAfterSeconds;
  if (move !== undefined || algorithms.some((one) => pendingRotations(state, roleOf(one)).length > 0)) return false;
  return keys.every((key) => {
    const activated = latest(key.facts, "activated");
    return (
      resting.has(phaseOfKey(key)) &&
      broughtAs(key) === undefined &&
      (activated?.at ?? 0) < since &&
      (key.uses?.lastAt ?? 0) < since
    );
  });
}
