// One domain in a world of real durations: what every server and every cache may answer at a moment, and what the platform has recorded.
import type {
  ChainObservation,
  NameObservation,
  ServerAnswer,
} from "../../server/src/model/rotation/chain-observation.ts";
import { methodOf } from "../../server/src/model/delegation/delegation-methods.ts";
import type { DelegationMethod, MethodName, OfferedName } from "../../server/src/model/delegation/delegation.ts";
import { type KeyFinding, readFact } from "../../server/src/model/key/key-fact.ts";
import type { KeyAlgorithm } from "../../server/src/model/key/key-role.ts";
import {
  delegatedSince,
  isUnderWay,
  makingMethod,
  type MoveFact,
  moveOf,
} from "../../server/src/model/delegation/move.ts";
import {
  type DomainState,
  isKeptByCustomer,
  type ManagedKey,
  type Rotation,
} from "../../server/src/model/rotation/rotation-state.ts";
import { type PlaySigner, signersOf, signerWith, tell } from "./play-signers.ts";
import type { Seconds } from "../../server/src/model/seconds.ts";
import type { TimingPolicy } from "../../server/src/model/rotation/timing-policy.ts";

/** How a domain begins, and how its world behaves until something is changed. */
export type Setting = {
  method: MethodName;
  /** Of a ring. */
  names: number;
  algorithms: KeyAlgorithm[];
  policy: TimingPolicy;
  ttl: Seconds;
  negativeTtl: Seconds;
  /** How long the slower of two servers takes to follow. */
  lag: Seconds;
  /** How long the customer takes over each thing it is asked for. */
  customerTakes: Seconds;
  /** How many reminders it takes until the customer acts. Absent: it acts when it is asked. */
  heedsAfter?: number;
  /** The customer does what it was once asked for, also where it was asked for something else since. */
  literal?: boolean;
  /** The leases of the processes that sign. Absent: only the policy's is known. */
  leases?: readonly Seconds[];
  /** Private halves are made public after their time. */
  disclose?: boolean;
  /** The streams beside the default one. */
  streams?: readonly string[];
};

/** What our zone says at a name, since when, what it said before, and until when the slower server says that. */
type NameContent = { text: string; at: Seconds; before: string; appliesAt: Seconds };

export type Play = Setting & {
  now: Seconds;
  turns: number;
  keys: ManagedKey[];
  rotations: Rotation[];
  rounds: Map<string, ChainObservation[]>;
  claim: "in force" | "suspended" | "released";
  moveFacts: MoveFact[];
  /** Whether the move that is under way is to be given up as soon as it may. */
  givesUp: boolean;
  zone: Map<string, NameContent>;
  /** What caches may hold of what servers said before, and until when. */
  past: Map<string, { text: string; until: Seconds }[]>;
  /** Until when the slower server does not answer, or answers from an old zone. */
  silentUntil: Seconds;
  regress: { zone: ReadonlyMap<string, string>; since: Seconds; until: Seconds } | undefined;
  regressedAt: Seconds;
  /** What the customer is about to do, and when; until `awayUntil` it does nothing. */
  errands: { due: Seconds; run: () => void }[];
  awayUntil: Seconds;
  /** Who signs, until when one of them hears nothing, how many changes there were to be heard of, and when each key was used last. */
  signers: readonly PlaySigner[];
  cutOffUntil: Seconds;
  changes: number;
  lastUse: Map<string, Seconds>;
  /** Until when a cache may have a record. */
  heardUntil: Map<string, Seconds>;
  wallErrorMs: number;
  offered: OfferedName[] | undefined;
  events: { at: Seconds; kind: string; key: string }[];
};

export function begin(setting: Setting): Play {
  return {
    ...setting,
    policy: { ...setting.policy, recordTtlSeconds: setting.ttl },
    now: 0,
    turns: 0,
    keys: [],
    rotations: [],
    rounds: new Map(),
    claim: "in force",
    moveFacts: [],
    givesUp: false,
    zone: new Map(),
    past: new Map(),
    silentUntil: 0,
    regress: undefined,
    regressedAt: -Infinity,
    errands: [],
    awayUntil: 0,
    signers: (setting.leases ?? []).map(signerWith),
    cutOffUntil: 0,
    changes: 0,
    lastUse: new Map(),
    heardUntil: new Map(),
    wallErrorMs: 0,
    offered: setting.method === "cname-series" ? [] : undefined,
    events: [],
  };
}

const rings = new Map([2, 3, 4, 5].map((names) => [names, methodOf("cname-ring", { ringSize: names })]));
export const methodNamed = ({ names }: Play, name: MethodName): DelegationMethod =>
  (name === "cname-ring" ? rings.get(names) : undefined) ?? methodOf(name);

/** The lists of a domain with one stream are that stream's. */
const ofStream = new WeakMap<object, Map<string, readonly object[]>>();
function within<T extends { stream?: string }>({ streams }: Play, list: readonly T[], stream: string): readonly T[] {
  if (streams === undefined) return list;
  const known = ofStream.get(list) ?? new Map<string, readonly T[]>();
  ofStream.set(list, known);
  const own = known.get(stream) ?? list.filter((one) => (one.stream ?? "") === stream);
  known.set(stream, own);
  return own as readonly T[];
}

export function stateOf(it: Play, stream = ""): DomainState {
  const move = moveOf(it.moveFacts);
  const making = makingMethod(it.method, move);
  const state: DomainState = {
    method: methodNamed(it, making),
    methodSinceMs: delegatedSince(it.moveFacts, making),
    algorithms: it.algorithms,
    released: it.claim === "released",
    suspended: it.claim === "suspended",
    keys: within(it, it.keys, stream),
    rotations: within(it, it.rotations, stream),
    rounds: it.rounds,
    signers: signersOf(it),
    trustedMs: it.now * 1000,
    wallMs: it.now * 1000 + it.wallErrorMs,
  };
  if (it.disclose !== undefined) state.disclose = it.disclose;
  if (it.offered !== undefined) state.offered = it.offered;
  if (isUnderWay(move))
    state.move = { stage: move.stage, left: move.left, to: methodNamed(it, move.to), done: false, hidden: [] };
  return state;
}

/** What the two servers answer at a name: the second one follows late, or has an old zone. */
export function held(it: Play, name: string): [string, string] {
  const content = it.zone.get(name) ?? { text: "", before: "", at: 0, appliesAt: 0 };
  if (it.regress !== undefined) return [content.text, it.regress.zone.get(name) ?? ""];
  return [content.text, it.now >= content.appliesAt ? content.text : content.before];
}

const ttlOf = (it: Play, text: string): Seconds => (text === "" ? it.negativeTtl : it.ttl);

/** Everything that somebody who asks now may be told, by a server or by a cache. */
export function mayHear(it: Play, name: string): Set<string> {
  const past = (it.past.get(name) ?? []).filter(({ until }) => until > it.now);
  return new Set([...held(it, name), ...past.map(({ text }) => text)]);
}

/** Caches may hold what is said at a name up to `lastSaid` for its TTL from then on. */
function remember(it: Play, name: string, text: string, lastSaid: Seconds): void {
  const past = (it.past.get(name) ?? []).filter(({ until }) => until > it.now);
  const until = lastSaid + ttlOf(it, text);
  it.past.set(name, [...past, { text, until }]);
  it.heardUntil.set(text, Math.max(until, it.heardUntil.get(text) ?? 0));
}

/** Our zone, or the customer's, says something else from now on. */
export function change(it: Play, name: string, text: string): void {
  const [first, second] = held(it, name);
  const appliesAt = it.now + it.lag;
  remember(it, name, first, it.now);
  remember(it, name, second, appliesAt);
  it.zone.set(name, { text, at: it.now, before: second, appliesAt });
}

export function regressTo(it: Play, zone: ReadonlyMap<string, string>, until: Seconds): void {
  for (const name of it.zone.keys()) remember(it, name, held(it, name)[1], it.now);
  it.regress = { zone, since: it.now, until };
  it.regressedAt = until;
}

export function recover(it: Play): void {
  for (const name of it.zone.keys()) remember(it, name, held(it, name)[1], it.now);
  it.regress = undefined;
}

export function record(it: Play, { id }: ManagedKey, { kind, evidence }: KeyFinding): void {
  const fact = readFact({ kind, evidence, at: it.now, trustedMs: it.now * 1000 });
  const changedIn = ++it.changes;
  it.keys = it.keys.map((other) => (other.id === id ? { ...other, changedIn, facts: [...other.facts, fact] } : other));
  tell(it);
  it.events.push({ at: it.now, kind, key: id });
}

const never: ServerAnswer["said"] = { kind: "unknown", reason: "SERVFAIL" };
const noRecord: ServerAnswer["said"] = { kind: "answer", authoritative: true, records: [] };

/** One round of questions about a key, to both servers over both transports. */
export function look(it: Play, key: ManagedKey): ChainObservation {
  const says = (data: string): ServerAnswer["said"] =>
    data === ""
      ? noRecord
      : { kind: "answer", authoritative: true, records: [{ type: "TXT", ttlSeconds: it.ttl, data }] };
  const observed = (name: string, [first, second]: readonly [string, string]): NameObservation => ({
    name,
    type: "TXT",
    zone: isKeptByCustomer(key) ? "customer.example" : "example.com",
    negativeTtlSeconds: it.negativeTtl,
    answers: [...overBoth("ns0", says(first)), ...overBoth("ns1", it.now < it.silentUntil ? never : says(second))],
  });
  return {
    trustedMs: it.now * 1000,
    wallMs: it.now * 1000 + it.wallErrorMs,
    aliases: [],
    record: observed(key.chain.record.name, held(it, key.chain.record.name)),
    wildcard: observed("random", ["", ""]),
  };
}

const overBoth = (address: string, said: ServerAnswer["said"]): ServerAnswer[] => [
  { address, transport: "udp", said },
  { address, transport: "tcp", said },
];
