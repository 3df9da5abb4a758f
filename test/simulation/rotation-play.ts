// Plays years of rotation against the real decision function, in seconds of real size. Whatever a step does is held against
// the invariants at that instant; what the world shows is sometimes late and sometimes nothing.
import { expect } from "vitest";
import type { ChainObservation, NameObservation, ServerAnswer } from "../../server/src/model/chain-observation.ts";
import { methodOf } from "../../server/src/model/delegation-methods.ts";
import type { MethodName } from "../../server/src/model/delegation.ts";
import { latest, readFact } from "../../server/src/model/key-fact.ts";
import { revokedTextOf } from "../../server/src/model/key-revocation.ts";
import { leavesNameFree, phaseOf } from "../../server/src/model/key-phase.ts";
import { type KeyAlgorithm, roleOf } from "../../server/src/model/key-role.ts";
import {
  delegatedSince,
  isUnderWay,
  makingMethod,
  mayAbort,
  type Move,
  type MoveFact,
  type MoveFinding,
  moveOf,
  readMoveFact,
} from "../../server/src/model/move.ts";
import { type DomainState, keysIn, type ManagedKey, type Rotation } from "../../server/src/model/rotation-state.ts";
import { nextStep, type Step } from "../../server/src/model/rotation.ts";
import { day, hour, type Seconds } from "../../server/src/model/seconds.ts";
import { drainWaitSeconds, type TimingPolicy } from "../../server/src/model/timing-policy.ts";

/** A policy, a world that is sometimes slow or silent, and an operator who sometimes asks for a rotation. */
export type Run = {
  method: MethodName;
  algorithms: KeyAlgorithm[];
  policy: TimingPolicy;
  customerTtl: Seconds;
  negativeTtl: Seconds;
  /** How long the slower of two servers takes to follow. */
  lagSeconds: Seconds;
  /** Whether that server answers SERVFAIL, turn by turn, from the start again when it is over. */
  silent: boolean[];
  /** Hours between the requests of the operator. */
  requests: number[];
  /** Moves to the other method: hours after the last one was over, how long the customer takes for each of its parts, and whether it is given up. */
  moves: { hours: number; customerHours: number; abort: boolean }[];
  /** How late the controller comes, turn by turn. */
  lateness: Seconds[];
};

export type Event = { at: Seconds; kind: string; key: string };

/** A play as it stands. Names are slots: what our zone says there, since when, and what it said before. */
type Play = {
  run: Run;
  now: Seconds;
  turns: number;
  keys: ManagedKey[];
  rotations: Rotation[];
  rounds: Map<string, ChainObservation[]>;
  method: MethodName;
  moveFacts: MoveFact[];
  movesDone: number;
  zone: Map<string, { at: Seconds; text: string; before: string }>;
  events: Event[];
};

/** Runs for so many years, or so many turns of the controller, and gives back everything that happened. */
export function play(run: Run, years: number, turnsMax: number): Pick<Play, "events" | "keys"> {
  const it: Play = {
    run,
    now: 0,
    turns: 0,
    keys: [],
    rotations: [],
    rounds: new Map(),
    method: run.method,
    moveFacts: [],
    movesDone: 0,
    zone: new Map(),
    events: [],
  };
  const requestsAt = run.requests.reduce<number[]>((all, hours) => [...all, (all.at(-1) ?? 0) + hours * hour], []);
  while (it.now < years * 365 * day && it.turns < turnsMax) {
    while (requestsAt[0] !== undefined && requestsAt[0] <= it.now) {
      requestsAt.shift();
      it.rotations.push({ id: `r${it.rotations.length}`, reason: "requested", requestedAt: it.now });
    }
    moveOn(it);
    const step = nextStep(stateOf(it), run.policy);
    it.turns++;
    if (step.do === "wait") {
      const until = Math.ceil((step.untilTrustedMs ?? (it.now + day) * 1000) / 1000);
      it.now = Math.max(it.now + 1, Math.min(until, moveDue(it))) + (run.lateness[it.turns % run.lateness.length] ?? 0);
    } else {
      (doing[step.do] as (it: Play, step: Step) => void)(it, step);
      it.now += step.do === "observe" ? 1 : 0;
    }
  }
  return it;
}

function stateOf(it: Play): DomainState {
  const move = moveOf(it.moveFacts);
  const making = makingMethod(it.method, move);
  return {
    method: methodOf(making),
    methodSinceMs: delegatedSince(it.moveFacts, making),
    ...(isUnderWay(move) && {
      move: { stage: move.stage, left: move.left, to: methodOf(move.to), done: false, hidden: [] },
    }),
    algorithms: it.run.algorithms,
    released: false,
    keys: it.keys,
    rotations: [...it.rotations],
    rounds: it.rounds,
    signers: [],
    trustedMs: it.now * 1000,
    wallMs: it.now * 1000,
  };
}

/** When the customer or the operator next does something about a move. */
function moveDue(it: Play): Seconds {
  const move = moveOf(it.moveFacts);
  const next = it.run.moves[it.movesDone];
  if (next === undefined) return Infinity;
  if (move === undefined) return (it.moveFacts.at(-1)?.at ?? 0) + next.hours * hour;
  const waitsForThem = move.stage === "asked" || move.stage === "settled" || canGiveUp(it, move, next.abort);
  return waitsForThem ? move.since + next.customerHours * hour : Infinity;
}

const canGiveUp = (it: Play, { stage, to }: Move, wanted: boolean): boolean =>
  wanted && stage === "delegated" && mayAbort(to, it.keys);

/** Begins a move when its time has come, and does the customer's part: publishes what is asked for, removes what is left. */
function moveOn(it: Play): void {
  const next = it.run.moves[it.movesDone];
  if (next === undefined || it.now < moveDue(it)) return;
  const move = moveOf(it.moveFacts);
  if (move === undefined) {
    const to = it.method === "cname-ring" ? "ns-branch" : "cname-ring";
    const signs = it.run.algorithms.every((algorithm) => keysIn(stateOf(it), roleOf(algorithm), "active").length > 0);
    if (signs) recordMove(it, { kind: "requested", evidence: { from: it.method, to, requestedBy: "play" } });
    return;
  }
  if (move.stage === "asked") recordMove(it, { kind: "delegated", evidence: { to: move.to } });
  else if (canGiveUp(it, move, next.abort)) recordMove(it, { kind: "aborted", evidence: { requestedBy: "play" } });
  else if (move.stage === "settled") {
    const left = it.keys.filter(({ method }) => method.name === move.left);
    const answers = left.filter((key) => held(it, key).includes(key.id));
    expect(answers, "I-3 what may be removed leads to no key that anybody could ask for").toEqual([]);
    recordMove(it, { kind: "cleared", evidence: { left: move.left } });
    it.movesDone++;
  }
}

function recordMove(it: Play, { kind, evidence }: MoveFinding): void {
  it.moveFacts.push(readMoveFact({ kind, evidence, at: it.now, trustedMs: it.now * 1000 }));
  if (kind === "settled") it.method = evidence.kept;
  it.events.push({ at: it.now, kind: `move ${kind}`, key: "" });
}

/** What the two servers answer for the name of a key: the second one follows late. */
function held(it: Play, { chain }: ManagedKey): [string, string] {
  const content = it.zone.get(chain.record.name) ?? { at: 0, text: "", before: "" };
  return [content.text, it.now - content.at >= it.run.lagSeconds ? content.text : content.before];
}

function change(it: Play, key: ManagedKey, text: string): void {
  it.zone.set(key.chain.record.name, { at: it.now, text, before: held(it, key)[1] });
}

function record(it: Play, key: ManagedKey, kind: string, evidence: object): void {
  const fact = readFact({ kind, evidence, at: it.now, trustedMs: it.now * 1000 });
  it.keys = it.keys.map((other) => (other.id === key.id ? { ...other, facts: [...other.facts, fact] } : other));
  it.events.push({ at: it.now, kind, key: key.id });
}

function look(it: Play, key: ManagedKey): ChainObservation {
  const { run } = it;
  const silent = run.silent[it.turns % run.silent.length] === true;
  const said = (data: string, server: number): ServerAnswer["said"] => {
    if (silent && server === 1) return { kind: "unknown", reason: "SERVFAIL" };
    const records = data === "" ? [] : [{ type: "TXT" as const, ttlSeconds: run.customerTtl, data }];
    return { kind: "answer", authoritative: true, records };
  };
  const observed = (name: string, texts: readonly string[]): NameObservation => ({
    name,
    type: "TXT",
    zone: "example.com",
    negativeTtlSeconds: run.negativeTtl,
    answers: texts.flatMap((data, server) =>
      (["udp", "tcp"] as const).map((transport) => ({ address: `ns${server}`, transport, said: said(data, server) })),
    ),
  });
  return {
    trustedMs: it.now * 1000,
    wallMs: it.now * 1000,
    aliases: [],
    record: observed(key.chain.record.name, held(it, key)),
    wildcard: observed("random", ["", ""]),
  };
}

/** What each step does to the world, and what must be true when it does. */
const doing: { [Do in Exclude<Step["do"], "wait">]: (it: Play, step: Extract<Step, { do: Do }>) => void } = {
  plan: (it, { reason }) => {
    it.rotations.push({ id: `r${it.rotations.length}`, reason, requestedAt: it.now });
  },
  issue: () => expect.fail("no method of these runs has names to issue"),
  generate: (it, { rotationId, role, slot }) => {
    const id = `k${it.keys.length}`;
    const filled = it.keys.some((key) => key.rotationId === rotationId && key.role === role);
    expect(filled, "I-13 one key a slot").toBe(false);
    const { method } = stateOf(it);
    const chain = { aliases: [], record: { name: `${method.name} slot ${slot}`, text: id } };
    const key: ManagedKey = {
      id,
      rotationId,
      role,
      method,
      slot,
      selector: `s${slot}`,
      facts: [],
      chain,
      changedIn: 1,
      uses: undefined,
    };
    it.keys.push(key);
    record(it, key, "generated", { selfTested: true });
  },
  publish: (it, { key }) => {
    const { name } = key.chain.record;
    const others = it.keys.filter((other) => other !== key && other.chain.record.name === name);
    expect(others.map(({ facts }) => phaseOf(facts)).every(leavesNameFree), "I-4 the name is free").toBe(true);
    change(it, key, key.id);
    record(it, key, "publishing", { zone: "example.com", serial: 1, recordTtlSeconds: it.run.policy.recordTtlSeconds });
  },
  observe: (it, { key }) => {
    it.rounds.set(key.id, [...(it.rounds.get(key.id) ?? []), look(it, key)].slice(-8));
  },
  record: (it, { key, finding }) => record(it, key, finding.kind, finding.evidence),
  switch: (it, { to, from, findings }) => {
    expect(held(it, to), "I-1 every server has the key that signs").toEqual([to.id, to.id]);
    const seenMs = latest(to.facts, "confirmed")?.evidence.seenTrustedMs ?? Infinity;
    const passedMs = it.now * 1000 - seenMs;
    expect(passedMs, "I-2 no cache can remember its absence").toBeGreaterThanOrEqual(it.run.negativeTtl * 1000);
    record(it, to, findings.to.kind, findings.to.evidence);
    if (from !== undefined) record(it, from, findings.from.kind, findings.from.evidence);
    expect(keysIn(stateOf(it), to.role, "active"), "I-5 one active key of a role").toHaveLength(1);
  },
  withdraw: (it, { key }) => {
    const signed = latest(key.facts, "activated") !== undefined;
    const stoppedAt = signed ? (latest(key.facts, "deactivated")?.at ?? Infinity) : -Infinity; // a stand-by that never signed goes at once
    expect(it.now - stoppedAt, "I-3 mail in flight can be verified").toBeGreaterThan(drainWaitSeconds(it.run.policy));
    const active = keysIn(stateOf(it), key.role, "active");
    const visible = active.some((other) => held(it, other).every((text) => text === other.id));
    expect(visible, "I-6 the successor is there").toBe(true);
    change(it, key, "");
    record(it, key, "withdrawing", { zone: "example.com", serial: 1 });
  },
  move: (it, { finding }) => recordMove(it, finding),
  disclose: (it, { key }) => record(it, key, "disclosed", { privateSha256: "", waitSeconds: 0 }),
  silence: (it, { key }) => {
    change(it, key, revokedTextOf(key.id));
    const { recordTtlSeconds } = it.run.policy;
    record(it, key, "silenced", { zone: "example.com", serial: 1, recordTtlSeconds });
  },
  revoke: (it, { key }) => {
    change(it, key, revokedTextOf(key.id));
    record(it, key, "emptied", { zone: "example.com", serial: 1 });
  },
  destroy: (it, { key }) => record(it, key, "destroyed", { reason: "age" }),
};
