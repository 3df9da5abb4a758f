// What each step of the platform does to the played world, and what must be true at that instant.
import { latest, type KeyFinding } from "../../server/src/model/key/key-fact.ts";
import { leavesNameFree, phaseOf } from "../../server/src/model/key/key-phase.ts";
import { isRevoked, revokedTextOf } from "../../server/src/model/key/key-revocation.ts";
import { type MoveFinding, readMoveFact } from "../../server/src/model/delegation/move.ts";
import { signingRoles } from "../../server/src/model/rotation/timing-policy.ts";
import {
  broughtAs,
  isKeptByCustomer,
  keysIn,
  type ManagedKey,
  runningWait,
} from "../../server/src/model/rotation/rotation-state.ts";
import type { Step } from "../../server/src/model/rotation/rotation-step.ts";
import { ask, heed, later } from "./play-customer.ts";
import { change, held, look, mayHear, type Play, record, stateOf } from "./play-world.ts";

/** An invariant is broken. */
export class Broken extends Error {}
export function must(holds: boolean, invariant: string, it: Play): asserts holds {
  if (holds) return;
  const before = it.events.slice(-25).map(({ at, kind, key }) => `${at} ${kind} ${key}`);
  throw new Broken(`${invariant}, at ${it.now} after:\n${before.join("\n")}`);
}

export const nameOf = (key: ManagedKey): string => key.chain.record.name;
export const textOf = (key: ManagedKey): string => key.chain.record.text;

/** Until when mail signed with a key has to find it: longer than the drain that was fixed when it stopped, from its last use on. */
function inFlightUntil({ facts }: ManagedKey): number {
  const phase = phaseOf(facts);
  if (phase === "active") return Infinity;
  const stopped = latest(facts, "deactivated")?.evidence;
  if (phase !== "draining" || stopped === undefined || stopped.missing !== undefined) return -Infinity;
  const lastUseMs = latest(facts, "stopped")?.evidence.lastUseTrustedMs ?? stopped.lastUseTrustedMs;
  return lastUseMs / 1000 + stopped.drainSeconds;
}

/** Until when mail that a signer made last may have to find the key, however late that signer heard of the switch. */
function usedUntil(it: Play, { id, facts }: ManagedKey): number {
  const drainSeconds = latest(facts, "deactivated")?.evidence.drainSeconds ?? 0;
  const inFlightSeconds = drainSeconds - it.policy.signerLeaseSeconds - it.policy.clockErrorSeconds;
  const isUsed = it.signers.some(({ holds }) => holds.includes(id));
  return isUsed ? Infinity : (it.lastUse.get(id) ?? -Infinity) + inFlightSeconds;
}

const isDeclared = ({ facts }: ManagedKey): boolean =>
  latest(facts, "generated")?.evidence.brought === undefined || latest(facts, "declared") !== undefined;

/** Says something else at the place of a key: never where mail in flight, or a signer, still needs what stands there (I-3, I-4). */
function say(it: Play, key: ManagedKey, text: string): void {
  for (const other of it.keys) {
    if (nameOf(other) !== nameOf(key) || textOf(other) === text) continue;
    const needed =
      inFlightUntil(other) >= it.now && it.claim === "in force" && it.zone.get(nameOf(key))?.text === textOf(other);
    must(!needed, `I-3 mail signed with ${other.id} finds it until the drain is over`, it);
  }
  must(
    !it.keys.some((other) => isRevoked(other) && textOf(other) === text),
    "I-15 a revoked key is not published again",
    it,
  );
  change(it, nameOf(key), text);
}

const activate = (
  it: Play,
  to: ManagedKey,
  from: ManagedKey | undefined,
  findings: { to: KeyFinding; from: KeyFinding },
): void => {
  must(isSound(to), "I-8 the key that signs has a private half that was tested", it);
  must(broughtAs(to) !== "hosted", "what is only hosted never signs here", it);
  const outlives = signingRoles(it.policy).every((role) => role.lifetimeSeconds > role.inFlightSeconds);
  must(outlives, "I-9 a signature does not expire while its message is on its way", it);
  must(it.claim === "in force", "I-14 signs only for a claim in force", it);
  must(!isRevoked(to), "I-15 a revoked key never signs", it);
  // What counts is an observation that is fresh enough: a server may have gone back since.
  const justWent = it.regress !== undefined && it.now - it.regress.since <= it.policy.freshnessSeconds;
  must(
    justWent || held(it, nameOf(to)).every((text) => text === textOf(to)),
    "I-1 every server has the key that signs",
    it,
  );
  // What a server said that went back to an old zone and came again between two looks, nobody can know.
  const wentBack = it.now - it.regressedAt < 30 * 86_400;
  const heard = [...mayHear(it, nameOf(to))];
  must(
    wentBack || heard.every((text) => text === textOf(to)),
    `I-2 no cache has anything but ${to.id}: ${heard.join()}`,
    it,
  );
  const drained = from === undefined ? [] : [from];
  record(it, to, findings.to);
  for (const key of drained) record(it, key, findings.from);
  must(keysIn(stateOf(it, to.stream), to.role, "active").length === 1, "I-5 one active key of a role", it);
};

/** A pair that is here and verified its own signature. */
const isSound = ({ facts, privateHalf }: ManagedKey): boolean =>
  privateHalf !== "gone" && latest(facts, "generated")?.evidence.selfTested === true;

const checks: Partial<Record<KeyFinding["kind"], (it: Play, key: ManagedKey, finding: KeyFinding) => void>> = {
  stopped: (it, key, finding) => {
    const saidMs = finding.kind === "stopped" ? finding.evidence.lastUseTrustedMs : -Infinity;
    const held = it.signers.some(({ holds }) => holds.includes(key.id));
    const lastUseMs = (it.lastUse.get(key.id) ?? -Infinity) * 1000;
    must(!held && saidMs >= lastUseMs, "I-7 nobody signs with a key after its last use, and no lease outlives it", it);
  },
  ready: seenAfterItsWait,
  withdrawn: (it, key) => {
    seenAfterItsWait(it, key);
    const isForgotten = !mayHear(it, nameOf(key)).has(textOf(key));
    must(isForgotten || it.regressedAt > 0 || comesUnseen(it, key), "I-4 a name that is free is forgotten", it);
  },
  confirmed: (it, key) => must(wasAnswered(it, key), "I-12 a server that does not answer confirms nothing", it),
  absent: (it, key) => must(wasAnswered(it, key), "I-12 a server that does not answer shows no absence", it),
  revoked: (it, key) => {
    must(wasAnswered(it, key), "I-12 a server that does not answer shows no revocation", it);
    const isHeld = held(it, nameOf(key)).includes(textOf(key));
    must(!isHeld || comesUnseen(it, key), "I-17 no server has a key that is called revoked", it);
  },
};

/** Who does late what was asked for first may put a record there and take it away between two looks; its name never takes another key. */
const comesUnseen = (it: Play, key: ManagedKey): boolean => it.literal === true && isKeptByCustomer(key);

const wasAnswered = (it: Play, key: ManagedKey): boolean =>
  it.rounds
    .get(key.id)
    ?.at(-1)
    ?.record.answers.every(({ said }) => said.kind !== "unknown") === true;

function seenAfterItsWait(it: Play, key: ManagedKey): void {
  const endsMs = runningWait(key)?.endsMs ?? Infinity;
  const seenMs = it.rounds.get(key.id)?.at(-1)?.trustedMs ?? -Infinity;
  must(seenMs >= endsMs, "I-11 it was looked at after its wait", it);
}

export function recordMove(it: Play, { kind, evidence }: MoveFinding): void {
  const fact = readMoveFact({ kind, evidence, at: it.now, trustedMs: it.now * 1000 });
  it.moveFacts = [...it.moveFacts, fact];
  if (kind === "settled") it.method = evidence.kept;
  it.events.push({ at: it.now, kind: `move ${kind}`, key: "" });
}

const doing: {
  [Do in Exclude<Step["do"], "wait">]: (it: Play, step: Extract<Step, { do: Do }>, stream: string) => void;
} = {
  plan: (it, { reason }, stream) => {
    it.rotations = [...it.rotations, { id: `r${it.rotations.length}`, reason, requestedAt: it.now, stream }];
    it.events.push({ at: it.now, kind: `plan ${reason}`, key: "" });
  },
  issue: (it, { role }) => {
    const first = (it.offered ?? []).length + 1;
    const names = [0, 1, 2, 3].map((index) => first + index);
    it.offered = [
      ...(it.offered ?? []),
      ...names.map((slot) => ({ slot, role, keyName: `s${slot}`, target: `t${slot}`, state: "absent" as const })),
    ];
    const run = (): void => {
      it.offered = it.offered?.map((name) => (names.includes(name.slot) ? { ...name, state: "present" } : name));
    };
    later(it, run);
  },
  generate: (it, { rotationId, role, slot }, stream) => {
    const filled = it.keys.some((key) => key.rotationId === rotationId && key.role === role);
    must(!filled, "I-13 one key a slot", it);
    const { method } = stateOf(it);
    const id = `k${it.events.length}`;
    const kept = method.keeper === "customer";
    const name = `${kept ? "theirs: " : ""}${method.name} ${stream} slot ${slot}`;
    const made: ManagedKey = {
      id,
      rotationId,
      role,
      stream,
      method,
      slot,
      selector: `s${slot}`,
      facts: [],
      chain: { aliases: [], record: { name, text: `v=DKIM1; p=${id}`, ...(kept && { keptBy: "customer" }) } },
      changedIn: 1,
      uses: undefined,
    };
    it.keys = [...it.keys, made];
    record(it, made, { kind: "generated", evidence: { selfTested: true } });
  },
  publish: (it, { key }) => {
    must(it.claim === "in force", "I-14 publishes only for a claim in force", it);
    must(broughtAs(key) === "hosted" || isSound(key), "I-8 what is published has a private half that was tested", it);
    const others = it.keys.filter((other) => other.id !== key.id && nameOf(other) === nameOf(key));
    must(
      others.every(({ facts }) => leavesNameFree(phaseOf(facts))),
      "I-4 the name is free",
      it,
    );
    const evidence = { zone: "example.com", serial: it.events.length, recordTtlSeconds: it.policy.recordTtlSeconds };
    if (!isKeptByCustomer(key)) say(it, key, textOf(key));
    record(it, key, { kind: "publishing", evidence });
    if (isKeptByCustomer(key)) ask(it, key, "publish");
  },
  observe: (it, { key }) => {
    it.rounds.set(key.id, [...(it.rounds.get(key.id) ?? []), look(it, key)].slice(-8));
  },
  record: (it, { key, finding }) => {
    if (finding.kind === "reminded") heed(it, key, finding.evidence.request, finding.evidence.count);
    checks[finding.kind]?.(it, key, finding);
    record(it, key, finding);
    if (finding.kind === "revoking" && isKeptByCustomer(key)) heed(it, key, "revoke", it.heedsAfter ?? 0);
  },
  switch: (it, { to, from, findings }) => activate(it, to, from, findings),
  withdraw: (it, { key }) => {
    const active = keysIn(stateOf(it, key.stream), key.role, "active");
    const drains = phaseOf(key.facts) === "draining" && it.claim === "in force" && it.algorithms.length > 0;
    must(!drains || it.now > inFlightUntil(key), "I-3 a drain is over when more than its time has passed", it);
    must(!drains || it.now > usedUntil(it, key), "I-3 I-7 mail of the last signer to hear of it has arrived", it);
    must(!drains || isDeclared(key), "what others may sign with stays until its customer says so", it);
    const signed = latest(key.facts, "activated") !== undefined;
    const seen = active.some((other) => held(it, nameOf(other)).every((text) => text === textOf(other)));
    must(!drains || !signed || seen, "I-6 the successor is there", it);
    const own = [textOf(key), revokedTextOf(textOf(key))].includes(it.zone.get(nameOf(key))?.text ?? "");
    if (own && !isKeptByCustomer(key)) say(it, key, "");
    record(it, key, { kind: "withdrawing", evidence: { zone: "example.com", serial: it.events.length } });
    if (isKeptByCustomer(key)) ask(it, key, "remove");
  },
  move: (it, { finding }) => recordMove(it, finding),
  disclose: (it, { key }) => {
    must(it.disclose === true && phaseOf(key.facts) === "withdrawn", "I-19 only a withdrawn key is made public", it);
    const wentBack = it.now - it.regressedAt < 30 * 86_400;
    const forgottenAt = (it.heardUntil.get(textOf(key)) ?? 0) + it.policy.staleServingSeconds;
    const isHeld = held(it, nameOf(key)).includes(textOf(key));
    must(wentBack || (!isHeld && it.now >= forgottenAt), "I-19 a key that is public is forgotten everywhere", it);
    must(!isRevoked(key), "I-19 what was signed with a revoked key may have to be told from what was forged", it);
    record(it, key, { kind: "disclosed", evidence: { privateSha256: "", waitSeconds: 0 } });
  },
  silence: (it, { key }) => {
    must(it.claim === "suspended", "only a suspended claim falls silent", it);
    if (!isKeptByCustomer(key)) say(it, key, revokedTextOf(textOf(key)));
    const { recordTtlSeconds } = it.policy;
    record(it, key, {
      kind: "silenced",
      evidence: { zone: "example.com", serial: it.events.length, recordTtlSeconds },
    });
  },
  revoke: (it, { key }) => {
    must(isRevoked(key), "only a revoked key is emptied", it);
    change(it, nameOf(key), revokedTextOf(textOf(key)));
    record(it, key, { kind: "emptied", evidence: { zone: "example.com", serial: it.events.length } });
  },
  destroy: (it, { key }) => {
    const phase = phaseOf(key.facts);
    must(
      (phase !== "active" && phase !== "ready") || it.claim === "released",
      "I-18 a private half that is wanted stays",
      it,
    );
    const stopped = latest(key.facts, "deactivated")?.trustedMs ?? -Infinity;
    const early =
      it.claim !== "released" && !isRevoked(key) && it.now - stopped / 1000 < it.policy.rollbackWindowSeconds;
    must(!early, "I-18 nobody may want to go back to it any more", it);
    const outright = leavesNameFree(phase) || latest(key.facts, "publishing") === undefined;
    record(it, key, { kind: outright ? "destroyed" : "discarded", evidence: { reason: "age" } });
    it.keys = it.keys.map((other) => (other.id === key.id ? { ...other, privateHalf: "gone" } : other));
  },
};

/** After these, earlier rounds say nothing of the key any more. */
const changesRecord: ReadonlySet<Step["do"]> = new Set(["publish", "withdraw", "silence", "revoke"]);

/** Does one step, and holds the domain against what must be true after any. */
export function carryOut(it: Play, step: Exclude<Step, { do: "wait" }>, stream: string): void {
  const before = it.keys;
  (doing[step.do] as (it: Play, step: Step, stream: string) => void)(it, step, stream);
  if (step.do === "observe") return;
  if ("key" in step && changesRecord.has(step.do)) it.rounds.delete(step.key.id);
  const active = new Set<string>();
  for (const [index, key] of it.keys.entries()) {
    if (phaseOf(key.facts) === "active") {
      const signs = `${key.stream} ${key.role}`;
      must(!active.has(signs), "I-5 one active key", it);
      active.add(signs);
    }
    const old = before[index];
    if (old !== undefined && old !== key) must(!isCutShort(old, key), "I-21 a running wait is never shortened", it);
  }
}

/** The wait that ran goes on, and ends sooner. When the last signer has stopped is learnt while it runs. */
function isCutShort(old: ManagedKey, key: ManagedKey): boolean {
  const [before, after] = [runningWait(old), runningWait(key)];
  if (before === undefined || after?.for !== before.for || key.facts.at(-1)?.kind === "stopped") return false;
  return after.endsMs < before.endsMs;
}
