import { latest } from "../key/key-fact.ts";
import { type KeyAlgorithm, type KeyRole, roleOf } from "../key/key-role.ts";
import { namesLeftMin } from "../delegation/name-series.ts";
import { switches } from "./rotation-switch.ts";
import type { Wait } from "./rotation-guard.ts";
import {
  activeKey,
  type DomainState,
  isOfMethod,
  isToMove,
  keysOf,
  type ManagedKey,
  openRotation,
  pendingRotation,
  type RotationReason,
  successorOf,
  wasEverUsed,
} from "./rotation-state.ts";
import type { TimingPolicy } from "./timing-policy.ts";
import type { Decide, Proposal } from "./rotation-step.ts";

/** What a role as a whole asks for: a switch that is due, or a key to be made. */
export function proposalsOfRole(
  state: DomainState,
  policy: TimingPolicy,
  algorithm: KeyAlgorithm,
  decide: Decide,
): Proposal[] {
  if (state.method.keeper === "upstream") return [];
  const role = roleOf(algorithm);
  const active = activeKey(state, role);
  const successor = successorOf(state, role);
  const pending = pendingRotation(state, role);
  const proposals = [...namesToIssue(state, role), ...switches(state, policy, role, decide)];
  const brings = state.method.maker === "customer";
  if (active !== undefined && pending === undefined && !brings) {
    let sinceMs = latest(active.facts, "activated")?.trustedMs ?? 0;
    for (const { abortedTrustedMs = 0 } of state.rotations) sinceMs = Math.max(sinceMs, abortedTrustedMs);
    const dueMs = sinceMs + policy.rotateAfterSeconds * 1000;
    const wait: Wait = {
      for: "rotation",
      keyId: active.id,
      role,
      untilTrustedMs: dueMs,
      reason: "signs until its successor is due",
    };
    proposals.push(state.trustedMs >= dueMs ? { do: "plan", reason: "scheduled" } : { do: "nothing", wait });
  }
  const wanted = active === undefined || pending !== undefined || isToMove(state, active) || state.method.standby;
  if (successor === undefined && wanted && !brings) proposals.push(makeSuccessor(state, algorithm, active, decide));
  return proposals;
}

/** The next names of a series, as soon as few are unused: the customer needs time to publish them. */
function namesToIssue(state: DomainState, role: KeyRole): Proposal[] {
  if (state.offered === undefined) return [];
  const own = state.offered.filter((name) => name.role === role);
  const unused = own.filter(({ slot }) => !wasEverUsed(state, slot)).length;
  return unused > namesLeftMin ? [] : [{ do: "issue", role, unused }];
}

/** A key for the oldest rotation that still needs one, in the free name that was used longest ago. */
function makeSuccessor(
  state: DomainState,
  algorithm: KeyAlgorithm,
  active: ManagedKey | undefined,
  decide: Decide,
): Proposal {
  const role = roleOf(algorithm);
  const rotation = openRotation(state, role);
  const offered = state.offered?.filter((name) => name.role === role).map(({ slot }) => slot);
  const slots = offered ?? state.method.slots(role) ?? [1 + Math.max(0, ...state.keys.map(({ slot }) => slot))];
  const lastUse = new Map<number, number>();
  for (const [index, key] of keysOf(state, role).entries()) if (isOfMethod(state, key)) lastUse.set(key.slot, index);
  const lastUseOf = (slot: number): number => lastUse.get(slot) ?? -1;
  const choices = slots
    .toSorted((a, b) => lastUseOf(a) - lastUseOf(b) || a - b)
    .map((slot) =>
      decide(
        "generate",
        { role, slot, key: undefined },
        rotation === undefined
          ? { do: "plan", reason: reasonFor(state, role, active) }
          : { do: "generate", rotationId: rotation.id, role, algorithm, slot },
      ),
    );
  const [free] = choices.filter((choice) => choice.do !== "nothing");
  const soonest = choices.toSorted((a, b) => endOf(a) - endOf(b))[0];
  return (
    free ?? soonest ?? { do: "nothing", wait: { for: "name", role, reason: "this method has no name for the role" } }
  );
}

/** A key that others wait for fills their place; only where nobody asked and nothing signs it is asked for by itself. */
function reasonFor(state: DomainState, role: KeyRole, active: ManagedKey | undefined): RotationReason {
  if (active !== undefined && isToMove(state, active)) return "move";
  if (active !== undefined || pendingRotation(state, role) !== undefined) return "standby";
  const signed = keysOf(state, role).some(({ facts }) => latest(facts, "activated") !== undefined);
  return signed ? "emergency" : "first";
}

const endOf = (proposal: Proposal): number =>
  proposal.do === "nothing" ? (proposal.wait.untilTrustedMs ?? Infinity) : 0;
