// Plays years of a domain against the real decision function, in seconds of real size.
import { leavesNameFree, phaseOf } from "../../server/src/model/key/key-phase.ts";
import { roleOf } from "../../server/src/model/key/key-role.ts";
import { isUnderWay, mayAbort, moveOf } from "../../server/src/model/delegation/move.ts";
import { keysIn, type ManagedKey, pendingRotations } from "../../server/src/model/rotation/rotation-state.ts";
import { nextStep } from "../../server/src/model/rotation/rotation.ts";
import type { Step } from "../../server/src/model/rotation/rotation-step.ts";
import { nextStepOfStreams } from "../../server/src/model/rotation/stream.ts";
import { day, type Seconds } from "../../server/src/model/seconds.ts";
import { bring, declare } from "./play-customer.ts";
import { signersAct, signersDue } from "./play-signers.ts";
import { carryOut, must, nameOf, recordMove, textOf } from "./play-steps.ts";
import { mayHear, methodNamed, type Play, recover, stateOf } from "./play-world.ts";

/** So many decisions in a row at one moment are a decision that never comes. */
const stepsAtOnceMax = 500;

/** Lets time pass: the platform does what is due, the customer runs its errands. */
export function pass(it: Play, seconds: Seconds): void {
  const end = it.now + seconds;
  let [moment, steps] = [it.now, 0];
  while (it.now <= end) {
    happen(it);
    const { step, stream } = decided(it);
    it.turns++;
    steps = it.now === moment ? steps + 1 : 0;
    moment = it.now;
    must(steps < stepsAtOnceMax, "I-20 a decision comes to rest", it);
    if (step.do === "wait") {
      if (it.now === end) return;
      const until = step.untilTrustedMs === undefined ? Infinity : Math.ceil(step.untilTrustedMs / 1000);
      it.now = Math.min(end, Math.max(it.now + 1, Math.min(until, nextEvent(it))));
    } else {
      carryOut(it, step, stream);
    }
  }
}

/** The next step, and the stream that it is of. */
function decided(it: Play): { step: Step; stream: string } {
  if (it.streams === undefined) return { step: nextStep(stateOf(it), it.policy), stream: "" };
  const stateIn = (stream: string) => ({ stream, state: stateOf(it, stream), policy: it.policy });
  const { step, of } = nextStepOfStreams([stateIn(""), ...it.streams.map(stateIn)]);
  return { step, stream: of.stream };
}

/** When the customer, a signer, a server or a move next does something by itself. */
function nextEvent(it: Play): Seconds {
  let next = Infinity;
  const at = (due: Seconds): void => {
    if (due > it.now && due < next) next = due;
  };
  for (const { due } of it.errands) at(Math.max(due, it.awayUntil));
  at(it.silentUntil);
  at(it.regress?.until ?? 0);
  at(Math.max(moveDue(it), it.awayUntil));
  at(signersDue(it));
  return next;
}

function happen(it: Play): void {
  if (it.regress !== undefined && it.regress.until <= it.now) recover(it);
  signersAct(it);
  if (it.awayUntil > it.now) return;
  if (it.errands.length > 0) {
    const due = it.errands.filter((errand) => errand.due <= it.now);
    it.errands = it.errands.filter((errand) => errand.due > it.now);
    for (const errand of due) errand.run();
  }
  if (it.moveFacts.length > 0) moveOn(it);
}

/** When the customer, or an operator who gives up, takes the move that is under way on. */
function moveDue(it: Play): Seconds {
  const move = moveOf(it.moveFacts);
  if (move === undefined) return Infinity;
  return move.stage === "asked" || move.stage === "settled" || move.stage === "delegated"
    ? move.since + it.customerTakes
    : Infinity;
}

function moveOn(it: Play): void {
  const move = moveOf(it.moveFacts);
  if (move === undefined || it.now < moveDue(it)) return;
  if (move.stage === "asked") recordMove(it, { kind: "delegated", evidence: { to: move.to } });
  else if (move.stage === "delegated" && it.givesUp && mayAbort(move.to, it.keys))
    recordMove(it, { kind: "aborted", evidence: { requestedBy: "play" } });
  else if (move.stage === "settled") {
    const left = it.keys.filter(({ method, facts }) => method.name === move.left && !leavesNameFree(phaseOf(facts)));
    const asked = left.filter((key) => mayHear(it, nameOf(key)).has(textOf(key)));
    must(asked.length === 0, "I-3 what may be removed leads to no key that anybody could ask for", it);
    recordMove(it, { kind: "cleared", evidence: { left: move.left } });
  }
}

/** Everything answers again, and nobody asks for anything: within so long each request has its key, and old keys come to their ends (I-20). */
export function comeToRest(it: Play): void {
  [it.silentUntil, it.wallErrorMs, it.awayUntil, it.cutOffUntil] = [0, 0, 0, 0];
  if (it.regress !== undefined) recover(it);
  if (it.claim === "suspended") it.claim = "in force";
  it.policy = { ...it.policy, rotateAfterSeconds: 100_000 * day, watchIntervalSeconds: 30 * day };
  // Whoever went back to a key in the middle of a move has to ask for the switch once more.
  if (isUnderWay(moveOf(it.moveFacts)))
    it.rotations = [...it.rotations, { id: `r${it.rotations.length}`, reason: "requested", requestedAt: it.now }];
  const customersMost = 20 * (it.customerTakes + (it.heedsAfter ?? 0) * 40 * day);
  pass(it, 400 * day + customersMost);
  if (methodNamed(it, it.method).maker === "customer") leaveInOrder(it);
  if (it.claim === "released") {
    const open = it.keys.filter(({ facts }) => !["destroyed", "withdrawn"].includes(phaseOf(facts)));
    must(open.length === 0, `I-20 every key of a released claim comes to its end: ${named(open)}`, it);
    return;
  }
  for (const stream of ["", ...(it.streams ?? [])]) {
    const state = stateOf(it, stream);
    for (const role of it.algorithms.map(roleOf)) {
      must(keysIn(state, role, "active").length === 1, `I-6 a key of role ${role} signs`, it);
      must(pendingRotations(state, role).length === 0, "I-20 every request was answered", it);
      const open = keysIn(state, role, "draining", "withdrawing", "revoking", "silenced", "unknown");
      must(open.length === 0, `I-20 every old key comes to its end: ${named(open)}`, it);
    }
  }
  must(!isUnderWay(moveOf(it.moveFacts)), "I-20 every move comes to its end", it);
}

const named = (keys: readonly ManagedKey[]): string => keys.map(({ id }) => id).join();

/** Who brings the keys brings one more where none signs, and says of the old ones that they are not used any more: nothing ends them before. */
function leaveInOrder(it: Play): void {
  if (keysIn(it, "primary", "active").length === 0) bring(it, { how: "shared", keeper: "us" });
  pass(it, 60 * day + 20 * it.customerTakes);
  for (let left = it.keys.length; left > 0; left--) declare(it, 0);
  pass(it, 200 * day + (it.heedsAfter ?? 0) * 80 * day);
}
