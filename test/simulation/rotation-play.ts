// Plays years of a domain against the real decision function, in seconds of real size.
import { leavesNameFree, phaseOf } from "../../server/src/model/key/key-phase.ts";
import { roleOf } from "../../server/src/model/key/key-role.ts";
import { isUnderWay, mayAbort, moveOf } from "../../server/src/model/delegation/move.ts";
import { keysIn, pendingRotations } from "../../server/src/model/rotation/rotation-state.ts";
import { nextStep } from "../../server/src/model/rotation/rotation.ts";
import { day, type Seconds } from "../../server/src/model/seconds.ts";
import { carryOut, must, nameOf, recordMove, textOf } from "./play-steps.ts";
import { mayHear, type Play, recover, stateOf } from "./play-world.ts";

/** So many decisions in a row at one moment are a decision that never comes. */
const stepsAtOnceMax = 500;

/** Lets time pass: the platform does what is due, the customer runs its errands. */
export function pass(it: Play, seconds: Seconds): void {
  const end = it.now + seconds;
  let [moment, steps] = [it.now, 0];
  while (it.now <= end) {
    happen(it);
    const step = nextStep(stateOf(it), it.policy);
    it.turns++;
    steps = it.now === moment ? steps + 1 : 0;
    moment = it.now;
    must(steps < stepsAtOnceMax, "I-20 a decision comes to rest", it);
    if (step.do === "wait") {
      if (it.now === end) return;
      const until = step.untilTrustedMs === undefined ? Infinity : Math.ceil(step.untilTrustedMs / 1000);
      it.now = Math.min(end, Math.max(it.now + 1, Math.min(until, nextEvent(it))));
    } else {
      carryOut(it, step);
    }
  }
}

/** When the customer, a server or a move next does something by itself. */
function nextEvent(it: Play): Seconds {
  const world = [...it.errands.map(({ due }) => due), it.silentUntil, it.regress?.until ?? 0, moveDue(it)];
  return Math.min(...world.filter((at) => at > it.now));
}

function happen(it: Play): void {
  if (it.regress !== undefined && it.regress.until <= it.now) recover(it);
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
  [it.silentUntil, it.wallErrorMs] = [0, 0];
  if (it.regress !== undefined) recover(it);
  if (it.claim === "suspended") it.claim = "in force";
  it.policy = { ...it.policy, rotateAfterSeconds: 100_000 * day, watchIntervalSeconds: 30 * day };
  // Whoever went back to a key in the middle of a move has to ask for the switch once more.
  if (isUnderWay(moveOf(it.moveFacts)))
    it.rotations = [...it.rotations, { id: `r${it.rotations.length}`, reason: "requested", requestedAt: it.now }];
  pass(it, 400 * day + 20 * it.customerTakes);
  const state = stateOf(it);
  if (it.claim === "released") {
    const open = it.keys.filter(({ facts }) => !["destroyed", "withdrawn"].includes(phaseOf(facts)));
    must(
      open.length === 0,
      `I-20 every key of a released claim comes to its end: ${open.map(({ id }) => id).join()}`,
      it,
    );
    return;
  }
  for (const role of it.algorithms.map(roleOf)) {
    must(keysIn(state, role, "active").length === 1, `I-6 a key of role ${role} signs`, it);
    must(pendingRotations(state, role).length === 0, "I-20 every request was answered", it);
    const open = keysIn(state, role, "draining", "withdrawing", "revoking", "silenced", "unknown");
    must(open.length === 0, `I-20 every old key comes to its end: ${open.map(({ id }) => id).join()}`, it);
  }
  must(!isUnderWay(moveOf(it.moveFacts)), "I-20 every move comes to its end", it);
}
