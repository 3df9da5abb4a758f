import type { KeyFinding } from "../key/key-fact.ts";
import type { KeyRole } from "../key/key-role.ts";
import { lastSeenMs, stopNow } from "./rotation-finding.ts";
import { lossSeen } from "./rotation-loss.ts";
import { nextToSign } from "./rotation-move.ts";
import { predecessorOf, recalledKey } from "./rotation-recall.ts";
import {
  activeKey,
  type DomainState,
  isToMove,
  type ManagedKey,
  pendingRotation,
  pendingRotations,
} from "./rotation-state.ts";
import { at, type Decide, type Proposal, type Step } from "./rotation-step.ts";
import type { TimingPolicy } from "./timing-policy.ts";

/** Which key is to sign instead: the one that was called back, else the successor, else, in need, the one that signed before. */
export function switches(state: DomainState, policy: TimingPolicy, role: KeyRole, decide: Decide): Proposal[] {
  const active = activeKey(state, role);
  const recalled = recalledKey(state, role);
  if (active !== undefined && recalled !== undefined) {
    return [decide("switch-back", at(recalled), switchTo(state, policy, recalled, active, [recalled.rotationId]))];
  }
  const successor = nextToSign(state, role);
  const pending = pendingRotation(state, role);
  const due = active === undefined || pending !== undefined || isToMove(state, active);
  if (successor === undefined || !due) {
    return wayBack(state, policy, role, active, decide);
  }
  const forward: Proposal =
    role === "primary" && pending?.dual === true && activeKey(state, "second") === undefined
      ? { do: "nothing", wait: { for: "rotation", role, reason: "the second key has to sign first" } }
      : decide("switch", at(successor), switchTo(state, policy, successor, active, served(state, role, active)));
  return forward.do === "nothing" ? [forward, ...wayBack(state, policy, role, active, decide)] : [forward];
}

/** A switch answers the oldest request. A second role that begins to sign answers all: it owes nothing for what was before its time. */
function served(state: DomainState, role: KeyRole, active: ManagedKey | undefined): string[] {
  const pending = pendingRotations(state, role).map(({ id }) => id);
  return role === "second" && active === undefined ? pending : pending.slice(0, 1);
}

function switchTo(
  state: DomainState,
  policy: TimingPolicy,
  to: ManagedKey,
  from: ManagedKey | undefined,
  serves: readonly string[],
): Extract<Step, { do: "switch" }> {
  const observedTrustedMs = lastSeenMs(state, to);
  const [first = to.rotationId, ...others] = serves;
  const alsoServes = others.length > 0 ? { alsoServes: others } : {};
  const evidence = { serves: first, ...alsoServes, replaces: from?.id ?? null, observedTrustedMs };
  return {
    do: "switch",
    to,
    from,
    findings: {
      to: { kind: "activated", evidence },
      from: stopNow(state, policy, from),
    },
  };
}

/** Back to the key that drains where nothing signs; it is called back where the active key's record is lost at a server (S3). */
function wayBack(
  state: DomainState,
  policy: TimingPolicy,
  role: KeyRole,
  active: ManagedKey | undefined,
  decide: Decide,
): Proposal[] {
  const predecessor = predecessorOf(state, role);
  if (predecessor === undefined) return [];
  if (active === undefined) {
    const step = switchTo(state, policy, predecessor, undefined, [predecessor.rotationId]);
    return [decide("switch-back", at(predecessor), step)];
  }
  const lost = lossSeen(state, policy, active);
  if (lost === undefined) return [];
  const reason = `the record of ${active.selector} is lost: ${lost.join("; ")}`;
  const finding: KeyFinding = { kind: "recalled", evidence: { reason } };
  return [decide("recall", at(predecessor), { do: "record", key: predecessor, finding })];
}
