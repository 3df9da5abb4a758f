// A small world for the real decision function. Time runs in ticks of a second. The adversary decides when a secondary takes
// the new zone, when a resolver asks, when mail is sent and arrives, when a signer looks which key is active, and when the
// controller gets to run.
import type { DelegationMethod } from "../../server/src/model/delegation/delegation.ts";
import type { KeyFact } from "../../server/src/model/key/key-fact.ts";
import { revokedTextOf } from "../../server/src/model/key/key-revocation.ts";
import type { Guard } from "../../server/src/model/rotation/rotation-guard.ts";
import type { ManagedKey, Rotation } from "../../server/src/model/rotation/rotation-state.ts";
import type { WorldMove } from "./rotation-mover.ts";
import { timingPresets, type TimingPolicy } from "../../server/src/model/rotation/timing-policy.ts";

/** What varies between explorations. Durations in ticks. */
export type WorldRules = {
  method: DelegationMethod;
  servers: number;
  ttl: number;
  negativeTtl: number;
  /** How long a message may be on its way. */
  queue: number;
  /** How long a signer may use what it last read; 0: it reads before each message. */
  lease: number;
  /** Signers tell the controller of themselves; off, it has only the lease that the policy says. */
  registered: boolean;
  /** How long a secondary may stay behind. */
  lag: number;
  /** How many messages are sent. */
  mails: number;
  policy: TimingPolicy;
  guards: readonly Guard[];
  /** An observer that asks one server takes its word for all. */
  asks: "all" | "one";
  /** The customer may take away, once and for good, the record of a key that is on its way, or of the active one. */
  vanish: "never" | "upcoming" | "active";
  /** A secondary may come back, for good, with the zone it had before a withdrawal. */
  regress: boolean;
  /** A name that is called free has to be out of every cache. Off, to show what the other net holds. */
  freeMeansForgotten: boolean;
  /** Up to this tick no change window is open. */
  closedUntil: number;
  /** The claim may be suspended once, and be in force again later. Absent: it stays in force. */
  suspends?: boolean;
  /** The slots of a series, for a method whose names are published ahead: those that vanished were never published. */
  names?: readonly number[];
  /** The customer signs with the key it brought as well, until it says that it has stopped. */
  othersSign?: boolean;
  /** How long a resolver serves what it knew after its TTL; with it withdrawn keys are disclosed. */
  stale?: number;
  /** Resolvers do so, and a revoked key has to be out of them all when the platform says. */
  servesStale?: true;
  /**
   * A step before ours: new names are aliases of the customer, who publishes each when it likes. Until then its own zone answers, with its own
   * TTLs: that there is no such name, or, with `before`, what the name led to so far. `measured: false`: the observer takes our TTLs for theirs.
   */
  alias?: { ttl: number; negativeTtl: number; before?: Content; measured?: false };
  /** What an operator may do, once, at any moment: revoke a key, call the draining one back, or call a rotation off. */
  operator: "nothing" | "revokes" | "recalls" | "aborts";
  /** A second stream, with names of its own, and the second signer signs for it alone. */
  second?: DelegationMethod;
  /** New pairs fail their self-test, and what they sign does not verify. */
  brokenPairs: boolean;
  /** The method that the claim moves to, if it does; whether its delegation hides the old names; whether the move may be given up. */
  moveTo?: DelegationMethod;
  hides?: boolean;
  /** The names of the new method lie below the old delegation: our old zone answers for them, until caches have forgotten it. */
  standsIn?: true;
  aborts?: boolean;
};

export const smallPolicy = (
  rules: Pick<WorldRules, "ttl" | "negativeTtl" | "queue" | "lease" | "stale">,
): TimingPolicy => ({
  ...timingPresets.lab,
  resolverSlackSeconds: 0,
  confirmRounds: 1,
  confirmGapSeconds: 0,
  observeIntervalSeconds: 1,
  watchIntervalSeconds: 1,
  freshnessSeconds: 0,
  signerLeaseSeconds: rules.lease,
  relayOwnQueueSeconds: rules.queue,
  milterOwnQueueSeconds: rules.queue,
  downstreamQueueSeconds: 0,
  verifierDelaySeconds: 0,
  clockErrorSeconds: 0,
  recordTtlSeconds: rules.ttl,
  negativeTtlSeconds: rules.negativeTtl,
  rotateAfterSeconds: 1_000_000,
  rollbackWindowSeconds: 0,
  destroyAfterSeconds: 1_000_000,
  staleServingSeconds: rules.stale ?? 0,
  revokedRecordSeconds: 1_000_000,
});

/** What a name holds at a server or in a cache: the id of a key, the empty `p=` of one, or nothing. */
export type Content = string;
export const nothing: Content = "";
/** The empty `p=` of a revoked key. */
export const revoked = (id: string): Content => `revoked ${id}`;

export type World = {
  tick: number;
  keys: readonly ManagedKey[];
  rotations: readonly Rotation[];
  /** By slot: what our zone says, what each server says, what the resolver remembers and for how long. */
  zone: readonly Content[];
  servers: readonly (readonly Content[])[];
  behind: readonly number[];
  caches: readonly { holds: Content; ttl: number }[];
  /** Slots whose name at the customer's side leads nowhere any more. */
  vanished: readonly boolean[];
  regressed: boolean;
  /** Absent: in force, and not suspended before. */
  claim?: "suspended" | "reinstated" | "released";
  signers: readonly { key: Content; behind: number }[];
  mails: readonly { slot: number; key: Content; life: number }[];
  mailsSent: number;
  move?: WorldMove;
  /** By slot, where keys are disclosed: when a server last had k1 there. */
  servedAt?: readonly number[];
  /** The claim is not proven yet; the customer may prove it at any time. */
  unproven?: boolean;
  /** What each slot's name wrongly held before the customer published what it was asked for. */
  mistaken?: boolean;
  /** Whether the operator has done it. */
  meddled: boolean;
};

/** A transition of the adversary or the controller, or what went wrong in it. */
export type Move = { name: string; world: World } | { name: string; violation: string };

export const replaced = <T>(list: readonly T[], index: number, value: T): T[] =>
  list.map((old, at) => (at === index ? value : old));
/** The way from the customer's alias to our record. */
export const aliasedChain = (slot: number): ManagedKey["chain"]["aliases"] => [
  { name: `c${slot}`, target: `s${slot}` },
];

export const keyOf = (
  method: DelegationMethod,
  id: string,
  slot: number,
  rotationId: string,
  facts: readonly KeyFact[],
): ManagedKey => ({
  id,
  method,
  rotationId,
  role: "primary",
  slot,
  selector: `s${slot}`,
  facts,
  chain: {
    aliases: [],
    record: { name: `s${slot}`, text: textOf(id), ...(method.keeper === "customer" && { keptBy: "customer" }) },
  },
  changedIn: 1,
  uses: undefined,
});

/** A key's record, and the record that stands in place of a revoked one's. */
export const textOf = (content: Content): string =>
  content.startsWith("revoked ") ? revokedTextOf(textOf(content.slice("revoked ".length))) : `p=${content}`;

/** What a resolver gets for a slot's name when it asks this server. */
export const seen = (world: World, server: readonly Content[], slot: number, before: Content = nothing): Content =>
  world.vanished[slot] === true ? before : (server[slot] ?? nothing);

/** The stream that a signer signs for, by its place in the list. */
export const streamOfSigner = (rules: WorldRules, index: number): string =>
  rules.second !== undefined && index === 1 ? secondStream : "";
export const secondStream = "news";
export const isOfStream = ({ stream = "" }: { stream?: string }, name: string): boolean => stream === name;

export const isVisible = (world: World, key: ManagedKey): boolean =>
  world.servers.every((server) => seen(world, server, key.slot) === key.id);
