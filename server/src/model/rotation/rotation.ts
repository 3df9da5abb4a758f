import { proposalsOfMove } from "./rotation-move.ts";
import { type Block, firstBlock, type Guard, guards, type Wait } from "./rotation-guard.ts";
import { type DomainState, phaseOfKey } from "./rotation-state.ts";
import type { TimingPolicy } from "./timing-policy.ts";
import type { Decide, Proposal, Step } from "./rotation-step.ts";
import { standingKeys } from "./gathered.ts";
import { proposalsOf } from "./rotation-key.ts";
import { proposalsOfRole } from "./rotation-role.ts";

/** Durable steps come before looking, looking before waiting; a switch comes first, since a rotation waits for nothing else. */
const urgency: Record<Proposal["do"], number> = {
  switch: 0,
  revoke: 1,
  record: 1,
  silence: 2,
  publish: 3,
  issue: 4,
  generate: 5,
  plan: 6,
  withdraw: 7,
  disclose: 8,
  destroy: 8,
  move: 9,
  observe: 9,
  watch: 10,
  nothing: 11,
};

/**
 * Decides; does nothing. Each key proposes what its phase asks for, each role whether a successor or a switch is due; what
 * a guard blocks becomes a look or a wait. The most urgent proposal is the step.
 */
export function nextStep(state: DomainState, policy: TimingPolicy, among: readonly Guard[] = guards): Step {
  const proposals = propose(state, policy, among);
  let [first] = proposals;
  for (const proposal of proposals)
    if (first === undefined || urgency[proposal.do] < urgency[first.do]) first = proposal;
  if (first?.do === "watch") return { do: "observe", key: first.key };
  if (first !== undefined && first.do !== "nothing") return first;
  const waits = waitsIn(proposals);
  const ends = waits.flatMap(({ untilTrustedMs }) => (untilTrustedMs === undefined ? [] : [untilTrustedMs]));
  return { do: "wait", untilTrustedMs: ends.length === 0 ? undefined : Math.min(...ends), waits };
}

/** How soon a step is to be done, among those of several states: the lower the sooner. */
export const urgencyOf = (step: Step): number => urgency[step.do === "wait" ? "nothing" : step.do];

/** Everything that waits, for people to read. */
export const waitsOf = (state: DomainState, policy: TimingPolicy): Wait[] => waitsIn(propose(state, policy, guards));

const waitsIn = (proposals: readonly Proposal[]): Wait[] =>
  proposals.flatMap((proposal) => (proposal.do === "nothing" ? [proposal.wait] : []));

function propose(state: DomainState, policy: TimingPolicy, among: readonly Guard[]): Proposal[] {
  const keys = standingKeys(state.keys);
  for (const key of keys) {
    const fact = phaseOfKey(key) === "unknown" ? key.facts.find(({ kind }) => kind === "unknown") : undefined;
    if (fact?.kind !== "unknown") continue;
    const reason = `${key.selector} carries a record of kind "${fact.name}", which this version does not know`;
    return [{ do: "nothing", wait: { for: "newer-version", keyId: key.id, reason } }];
  }
  if (state.move?.stage === "unknown") {
    const reason = "its move to another method is recorded in a way that this version does not know";
    return [{ do: "nothing", wait: { for: "newer-version", reason } }];
  }
  const decide: Decide = (transition, moment, step) => {
    const block = firstBlock(transition, { state, policy, ...moment }, among);
    if (block !== undefined) return asProposal(block);
    return typeof step === "function" ? step() : step;
  };
  const proposals: Proposal[] = [];
  for (const key of keys) proposals.push(...proposalsOf(state, key)(state, policy, key, decide));
  if (state.released || state.suspended === true) return proposals;
  for (const algorithm of state.algorithms) proposals.push(...proposalsOfRole(state, policy, algorithm, decide));
  proposals.push(...proposalsOfMove(state, decide));
  return proposals;
}

const asProposal = (block: Block): Proposal =>
  "observe" in block ? { do: "observe", key: block.observe } : { do: "nothing", wait: block.wait };
