import type { ChainObservation } from "./chain-observation.ts";
import type { DelegationMethod, ExpectedChain, OfferedName } from "../delegation/delegation.ts";
import { type KeyFact, latest, type TrustedMs } from "../key/key-fact.ts";
import { isUpcoming, type KeyPhase, phaseOf } from "../key/key-phase.ts";
import { type KeyAlgorithm, type KeyRole, roleOf } from "../key/key-role.ts";
import type { MoveState } from "../delegation/move.ts";
import type { Seconds } from "../seconds.ts";
import { type KeyUses, type Signer, stoppedSince } from "../key/signer.ts";
import { remembering, roleKeys } from "./gathered.ts";

/**
 * Why a successor was asked for. `standby` only fills the stand-by place, `move` makes the first key under another method. `imported`: the
 * customer brought it. `hosted`: it brought a public half, whose private half signs elsewhere, so nothing here ever turns to it. The others
 * are answered by a switch, of whichever key is ready then. `emergency`: nothing is left to sign with.
 */
export type RotationReason =
  | "first"
  | "standby"
  | "move"
  | "scheduled"
  | "requested"
  | "emergency"
  | "imported"
  | "hosted";

/** `dual`: an Ed25519 key signs beside the others while this rotation runs. */
export type Rotation = {
  id: string;
  reason: RotationReason;
  requestedAt: Seconds;
  dual?: boolean;
  /** Absent: the default stream. */
  stream?: string;
  /** When it was called off, if it was: no key is made for it, and the one that was made goes. */
  abortedTrustedMs?: TrustedMs;
};

/** A key with its life so far. */
export type ManagedKey = {
  id: string;
  /** The rotation it was generated for; with the role, the one slot that no other key can take (I-13). */
  rotationId: string;
  role: KeyRole;
  /** Absent: the default stream. */
  stream?: string;
  /** The method it was made under: a claim that moved to another keeps its older keys until they are gone. */
  method: DelegationMethod;
  slot: number;
  selector: string;
  /** In the order in which they were recorded. */
  facts: readonly KeyFact[];
  chain: ExpectedChain;
  /** `gone`: destroyed, lost, or never ours; nothing can be signed with it. */
  privateHalf?: "gone";
  /** The number of the change that last touched it or its facts (see the change counter). */
  changedIn: number;
  /** Undefined: no signer has told of a use. */
  uses: KeyUses | undefined;
};

/** Everything that the next step of one stream of a domain depends on: its keys and rotations alone. */
export type DomainState = {
  /** The method that new keys are made under. */
  method: DelegationMethod;
  /** Since when its delegation stands without a break; absent: since the claim began. */
  methodSinceMs?: TrustedMs | undefined;
  /** The claim moves from one method to another, or is to; absent: it does not. */
  move?: MoveState | undefined;
  algorithms: readonly KeyAlgorithm[];
  /** The claim was given up: nothing signs any more, and what is published goes once mail in flight has arrived. */
  released: boolean;
  /** The proof of control is gone: nothing signs, and the records say that the keys are revoked. Absent: it is not. */
  suspended?: boolean;
  /** The stream's name. While no key of it signs, its mail is signed under the default stream. Absent: it is the default stream. */
  stream?: string;
  /** The claim is not proven yet: keys may be made ahead, and nothing else. Absent: it is proven, or was. */
  unproven?: boolean;
  keys: readonly ManagedKey[];
  /** The names of a method that has them published ahead of their use, as last seen. */
  offered?: readonly OfferedName[];
  /** In the order in which they were asked for. */
  rotations: readonly Rotation[];
  /** The latest rounds of observation of each key, oldest first. A process that has just begun has none. */
  rounds: ReadonlyMap<string, readonly ChainObservation[]>;
  /** Private halves are made public after their time; absent: they are not. */
  disclose?: boolean;
  /** Every process that may sign. */
  signers: readonly Signer[];
  trustedMs: TrustedMs;
  wallMs: number;
  /** No switch before this moment of the wall clock: the next change window opens then. Absent: one is open. */
  closedUntilWallMs?: number;
};

/** Whether the role signs at all: a role that is wanted no more drains as that of a released claim does. */
export const isWanted = (state: DomainState, role: KeyRole): boolean =>
  !state.released && state.algorithms.some((algorithm) => roleOf(algorithm) === role);

export const phaseOfKey = (key: ManagedKey): KeyPhase => phaseOf(key.facts);

export const keysOf = (state: Pick<DomainState, "keys">, role: KeyRole): readonly ManagedKey[] =>
  roleKeys(state.keys, role).all;

export const keysIn = (
  state: Pick<DomainState, "keys">,
  role: KeyRole,
  ...phases: readonly Exclude<KeyPhase, "destroyed">[]
): ManagedKey[] => roleKeys(state.keys, role).standing.filter((key) => isIn(phases, key));

const isIn = (phases: readonly KeyPhase[], key: ManagedKey): boolean => phases.includes(phaseOfKey(key));

export const activeKey = (state: DomainState, role: KeyRole): ManagedKey | undefined =>
  roleKeys(state.keys, role).standing.find((key) => phaseOfKey(key) === "active");

const changesOfRecord: ReadonlySet<string> = new Set(["publishing", "withdrawing", "revoking", "emptied", "silenced"]);

/**
 * The rounds that looked at a key's record as it now stands: those from before its last change say nothing of it, whoever made them. A
 * customer who keeps the record of a key that is revoked may have published it just then.
 */
export function roundsOf(state: DomainState, key: ManagedKey): readonly ChainObservation[] {
  const rounds = state.rounds.get(key.id) ?? [];
  const [oldest] = rounds;
  const changedMs = key.facts.findLast(({ kind }) => changesOfRecord.has(kind))?.trustedMs ?? 0;
  return oldest === undefined || oldest.trustedMs >= changedMs
    ? rounds
    : rounds.filter(({ trustedMs }) => trustedMs >= changedMs);
}

/** Whether a key was made under the method that new keys are made under. */
export const isOfMethod = (state: DomainState, key: ManagedKey): boolean => key.method.name === state.method.name;

/** How a key came that the customer made; undefined: it was made here. */
export const broughtAs = (key: ManagedKey): "shared" | "hosted" | undefined =>
  latest(key.facts, "generated")?.evidence.brought;

export const isKeptByCustomer = ({ chain }: ManagedKey): boolean => chain.record.keptBy === "customer";

export const isKeptByUs = (key: ManagedKey): boolean => !isKeptByCustomer(key) && key.method.keeper !== "upstream";

/** The key on its way to take over. At most one of a role and a method is made, or brought, at a time. */
export const successorOf = (state: DomainState, role: KeyRole): ManagedKey | undefined =>
  roleKeys(state.keys, role).standing.find(
    (key) =>
      isOfMethod(state, key) && isUpcoming(phaseOfKey(key)) && !isCalledOff(state, key) && broughtAs(key) !== "hosted",
  );

/** Whether any key of the claim and its method ever had the name of this slot. */
export const wasEverUsed = (state: DomainState, slot: number): boolean =>
  state.keys.some((key) => key.method.name === state.method.name && key.slot === slot);

/** Whether the rotation that a key was made for was aborted before the key ever signed. */
export const isCalledOff = (state: DomainState, key: ManagedKey): boolean =>
  isUpcoming(phaseOfKey(key)) &&
  state.rotations.findLast(({ id }) => id === key.rotationId)?.abortedTrustedMs !== undefined;

/**
 * Waits to sign under a method that is no longer wanted, while a key of the wanted one signs: it is taken back. Until then it may be
 * all there is to turn to.
 */
export function isLeftBehind(state: DomainState, key: ManagedKey): boolean {
  if (isOfMethod(state, key) || !isUpcoming(phaseOfKey(key))) return false;
  const active = activeKey(state, key.role);
  return active !== undefined && isOfMethod(state, active);
}

/** Signs under a method that the claim moves away from. One that was called back signs until somebody asks for a switch. */
export const isToMove = (state: DomainState, active: ManagedKey): boolean =>
  !isOfMethod(state, active) && latest(active.facts, "recalled") === undefined;

/** Whether a key of the role was switched to because of this rotation. */
export const isServed = (state: Pick<DomainState, "keys">, role: KeyRole, rotation: Pick<Rotation, "id">): boolean =>
  roleKeys(state.keys, role).served.has(rotation.id);

export const pendingRotation = (state: DomainState, role: KeyRole): Rotation | undefined =>
  pendingRotations(state, role)[0];

/** Whether a rotation that asked for dual signing is under way: from its request until the key it replaces has drained. */
export const runsDual = (state: Pick<DomainState, "keys" | "rotations">): boolean =>
  state.rotations.some((rotation) => {
    if (rotation.dual !== true || rotation.abortedTrustedMs !== undefined) return false;
    if (!isServed(state, "primary", rotation)) return true;
    const switched = state.keys
      .flatMap(({ role, facts }) => (role === "primary" ? facts : []))
      .find((fact) => fact.kind === "activated" && fact.evidence.serves === rotation.id);
    const before = state.keys.find(({ id }) => switched?.kind === "activated" && id === switched.evidence.replaces);
    return before !== undefined && phaseOfKey(before) === "draining";
  });

/** Those that still ask for a switch, oldest first. */
export const pendingRotations = ({ keys, rotations }: DomainState, role: KeyRole): readonly Rotation[] =>
  pendingAmong(keys, rotations, role);

const pendingAmong = remembering((keys, rotations, role): readonly Rotation[] =>
  rotations.filter(
    (rotation) => !isServed({ keys }, role, rotation) && asksForSwitch(roleKeys(keys, role).standing, rotation),
  ),
);

function asksForSwitch(standing: readonly ManagedKey[], { id, reason, abortedTrustedMs }: Rotation): boolean {
  if (abortedTrustedMs !== undefined) return false;
  // What was brought is one key of one role, and may be taken back before it signs.
  if (reason === "imported") return standing.some((key) => key.rotationId === id && isUpcoming(phaseOfKey(key)));
  // For a move the switch is due as long as a key of the other method signs.
  return reason !== "standby" && reason !== "hosted" && reason !== "move";
}

/** The oldest rotation for which a key may still be made. Making it again after a crash finds the same one. */
export const openRotation = ({ keys, rotations }: DomainState, role: KeyRole): Rotation | undefined =>
  openAmong(keys, rotations, role);

const openAmong = remembering((keys, rotations, role): Rotation | undefined => {
  const filled = new Set(roleKeys(keys, role).all.map(({ rotationId }) => rotationId));
  return rotations.find(
    (rotation) =>
      rotation.abortedTrustedMs === undefined &&
      (rotation.reason === "standby" || !isServed({ keys }, role, rotation)) &&
      !filled.has(rotation.id),
  );
});

/** When the running wait of a key ends on the trusted clock, and what it is called; undefined: no wait runs. */
export function runningWait(
  key: ManagedKey,
): { for: "visibility" | "drain" | "settle" | "revocation"; endsMs: TrustedMs } | undefined {
  const phase = phaseOfKey(key);
  if (phase === "revoked") {
    const revoked = latest(key.facts, "revoked");
    if (revoked === undefined) return undefined;
    return { for: "revocation", endsMs: revoked.evidence.seenTrustedMs + revoked.evidence.keepSeconds * 1000 };
  }
  if (phase === "published") {
    const confirmed = latest(key.facts, "confirmed");
    if (confirmed === undefined) return undefined;
    return { for: "visibility", endsMs: confirmed.evidence.seenTrustedMs + frozenVisibilityWait(key) * 1000 };
  }
  if (phase === "draining") {
    const deactivated = latest(key.facts, "deactivated");
    if (deactivated === undefined) return undefined;
    // The last use by us, and that by others as the customer told it: mail of either may be on its way.
    const ours =
      (stoppedSince(key) ?? deactivated).evidence.lastUseTrustedMs + deactivated.evidence.drainSeconds * 1000;
    const declared = latest(key.facts, "declared")?.evidence;
    const theirs = declared === undefined ? 0 : declared.lastUseTrustedMs + declared.drainSeconds * 1000;
    return { for: "drain", endsMs: Math.max(ours, theirs) };
  }
  const absent = phase === "withdrawing" ? latest(key.facts, "absent") : undefined;
  if (absent === undefined) return undefined;
  return { for: "settle", endsMs: absent.evidence.seenTrustedMs + absent.evidence.waitSeconds * 1000 };
}

/** W as recorded when the key was confirmed, or as lengthened since then; never what today's policy would give (I-21). */
export function frozenVisibilityWait(key: ManagedKey): Seconds {
  const from = key.facts.findLastIndex(({ kind }) => kind === "confirmed");
  return key.facts
    .slice(Math.max(0, from))
    .reduce(
      (longest, fact) =>
        fact.kind === "confirmed" || fact.kind === "lengthened"
          ? Math.max(longest, fact.evidence.waitSeconds)
          : longest,
      0,
    );
}
