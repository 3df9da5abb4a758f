// What may happen to a domain beside the passing of time. Each command says when it makes sense, and does it.
import * as fc from "fast-check";
import type { MethodName } from "../../server/src/model/delegation/delegation.ts";
import { phaseOf } from "../../server/src/model/key/key-phase.ts";
import { roleOf } from "../../server/src/model/key/key-role.ts";
import { moveOf } from "../../server/src/model/delegation/move.ts";
import { predecessorOf } from "../../server/src/model/rotation/rotation-recall.ts";
import { isKeptByCustomer, keysIn, pendingRotation } from "../../server/src/model/rotation/rotation-state.ts";
import { day, hour, type Seconds } from "../../server/src/model/seconds.ts";
import { bring, declare, heed } from "./play-customer.ts";
import { cutOff, readAnew } from "./play-signers.ts";
import { nameOf, recordMove, textOf } from "./play-steps.ts";
import { change, held, methodNamed, type Play, record, regressTo, stateOf } from "./play-world.ts";
import { pass } from "./rotation-play.ts";

class Happening implements fc.Command<object, Play> {
  readonly #told: string;
  readonly #act: (it: Play) => void;
  constructor(told: string, act: (it: Play) => void) {
    this.#told = told;
    this.#act = act;
  }
  check(): boolean {
    return true;
  }
  run(_model: object, it: Play): void {
    it.events.push({ at: it.now, kind: this.#told, key: "" });
    this.#act(it);
    pass(it, 1);
  }
  toString(): string {
    return this.#told;
  }
}

const happening = <T>(told: string, of: fc.Arbitrary<T>, act: (it: Play, value: T) => void): fc.Arbitrary<Happening> =>
  of.map((value) => new Happening(`${told} ${JSON.stringify(value)}`, (it) => act(it, value)));

const any = fc.nat(1000);
const nothing = fc.constant(null);
const inForce = (it: Play): boolean => it.claim === "in force";

function rotate(it: Play, pick: number): void {
  if (!inForce(it) || methodNamed(it, it.method).maker === "customer") return;
  const streams = ["", ...(it.streams ?? [])];
  const stream = streams[pick % streams.length] ?? "";
  const id = `r${it.rotations.length}`;
  it.rotations = [...it.rotations, { id, reason: "requested", requestedAt: it.now, stream }];
}

function revoke(it: Play, pick: number): void {
  const keys = it.keys.filter((key) => {
    const phase = phaseOf(key.facts);
    return ["publishing", "published", "ready", "active", "draining"].includes(phase);
  });
  const key = keys[pick % keys.length];
  if (key === undefined || it.claim !== "in force") return;
  record(it, key, { kind: "revoking", evidence: { reason: "it leaked" } });
  if (isKeptByCustomer(key)) heed(it, key, "revoke", it.heedsAfter ?? 0);
  pass(it, 0);
  if (!isKeptByCustomer(key) && held(it, nameOf(key))[0] === textOf(key))
    throw new Error(`I-17 our zone still has ${key.id} after it was revoked`);
}

function rollBack(it: Play): void {
  const state = stateOf(it);
  for (const role of it.algorithms.map(roleOf)) {
    const to = predecessorOf(state, role);
    const active = keysIn(state, role, "active");
    if (inForce(it) && to !== undefined && active.length > 0)
      record(it, to, { kind: "recalled", evidence: { reason: "asked for" } });
  }
}

function abort(it: Play): void {
  const pending = pendingRotation(stateOf(it), "primary");
  if (pending === undefined || (pending.reason !== "requested" && pending.reason !== "scheduled") || !inForce(it))
    return;
  it.rotations = it.rotations.map((one) => (one === pending ? { ...one, abortedTrustedMs: it.now * 1000 } : one));
}

const movable: MethodName[] = ["cname-ring", "ns-branch", "ns-subdomain", "third-party-domain"];
function move(it: Play, { to, givesUp }: { to: MethodName; givesUp: boolean }): void {
  if (it.streams !== undefined) return; // their names would have to move with the others
  const signs = it.algorithms.every((algorithm) => keysIn(stateOf(it), roleOf(algorithm), "active").length > 0);
  if (moveOf(it.moveFacts) !== undefined || it.method === to || !movable.includes(it.method) || !signs || !inForce(it))
    return;
  it.givesUp = givesUp;
  recordMove(it, { kind: "requested", evidence: { from: it.method, to, requestedBy: "play" } });
}

/** A TTL that grows counts at once; one that falls is believed only where no name is about to be used for the first time. */
function setTtls(it: Play, { ttl, negativeTtl }: { ttl: Seconds; negativeTtl: Seconds }): void {
  const waits = it.keys.some(({ facts }) =>
    ["generated", "publishing", "silenced", "withdrawing"].includes(phaseOf(facts)),
  );
  // What we publish keeps the TTL that we gave it, and nobody changes that of a record it is about to remove.
  const leaves = it.keys.some(({ facts }) => ["withdrawing", "revoking"].includes(phaseOf(facts)));
  if (it.keys.every(isKeptByCustomer) && !leaves) it.ttl = waits ? Math.max(it.ttl, ttl) : ttl;
  it.negativeTtl = waits ? Math.max(it.negativeTtl, negativeTtl) : negativeTtl;
}

/** The slower server goes back to what it says now, some time later, and stays there long enough to be seen. */
function regress(it: Play, afterHours: number): void {
  const ours = !it.keys.some(isKeptByCustomer);
  if (!ours || it.regress !== undefined || it.silentUntil > it.now) return;
  const zone = new Map([...it.zone.keys()].map((name) => [name, held(it, name)[1]]));
  pass(it, afterHours * hour);
  regressTo(it, zone, it.now + 2 * it.policy.watchIntervalSeconds + day);
}

/**
 * The database goes back to what it is now, after some time; our zone with it. What was made in between is forgotten, and mail signed
 * with it is lost; the serial is not, and a new key never meets what is left of the forgotten ones.
 */
function restore(it: Play, afterHours: number): void {
  const { keys, rotations, moveFacts, method, claim, offered } = it;
  const lastUse = new Map(it.lastUse);
  const zone = new Map([...it.zone].map(([name, { text }]) => [name, text]));
  pass(it, afterHours * hour);
  const same = it.claim === claim && it.moveFacts.length === moveFacts.length;
  if (!same) return;
  const seen = offered?.map((name) => it.offered?.find(({ slot }) => slot === name.slot) ?? name);
  const changedIn = ++it.changes;
  const restored = keys.map((key) => ({ ...key, changedIn }));
  Object.assign(it, { keys: restored, rotations, moveFacts, method, offered: seen, rounds: new Map() });
  readAnew(it, lastUse);
  for (const name of it.zone.keys()) if (!name.startsWith("theirs")) change(it, name, zone.get(name) ?? "");
  // What the backup says signs may be hidden from caches that saw it gone: only its own observation can tell.
  it.regressedAt = it.now;
}

const policies = fc.record({
  queue: fc.integer({ min: hour, max: 5 * day }),
  rotateDays: fc.integer({ min: 20, max: 200 }),
});

/** Time passes between any two things that happen. */
export const commands: fc.Arbitrary<fc.Command<object, Play>>[] = [
  ...[hour, day, 20 * day].map((max) => happening("pass", fc.integer({ min: 1, max }), pass)),
  happening("rotate", any, rotate),
  happening(
    "bring",
    fc.record({
      how: fc.constantFrom("shared" as const, "hosted"),
      keeper: fc.constantFrom("us" as const, "customer"),
    }),
    bring,
  ),
  happening("declare", any, declare),
  happening("customer away", fc.nat(60 * day), (it, seconds) => {
    it.awayUntil = Math.max(it.awayUntil, it.now + seconds);
  }),
  happening("signer cut off", fc.nat(2 * hour), cutOff),
  happening("revoke", any, revoke),
  happening("roll back", nothing, rollBack),
  happening("abort", nothing, abort),
  happening("move", fc.record({ to: fc.constantFrom(...movable), givesUp: fc.boolean() }), move),
  happening("suspend", nothing, (it) => {
    if (inForce(it) && moveOf(it.moveFacts) === undefined) it.claim = "suspended";
  }),
  happening("reinstate", nothing, (it) => {
    if (it.claim === "suspended") it.claim = "in force";
  }),
  happening("release", fc.nat(9), (it, dice) => {
    if (dice === 0 && moveOf(it.moveFacts) === undefined) it.claim = "released";
  }),
  happening(
    "ttl",
    fc.record({ ttl: fc.integer({ min: 60, max: day }), negativeTtl: fc.integer({ min: 30, max: 3 * hour }) }),
    setTtls,
  ),
  happening("policy", policies, (it, { queue, rotateDays }) => {
    it.policy = { ...it.policy, milterOwnQueueSeconds: queue, rotateAfterSeconds: rotateDays * day };
  }),
  happening("lag", fc.nat(3 * hour), (it, lag) => {
    it.lag = lag;
  }),
  happening("silent", fc.nat(2 * day), (it, seconds) => {
    if (it.regress === undefined) it.silentUntil = it.now + seconds;
  }),
  happening("regress", fc.nat(100), regress),
  happening(
    "wall clock off by",
    fc.constantFrom(-3, 0, 30).map((days) => days * day * 1000),
    (it, error) => {
      it.wallErrorMs = error;
    },
  ),
  happening("restart", nothing, (it) => it.rounds.clear()),
  happening("restore", fc.nat(500), restore),
];
