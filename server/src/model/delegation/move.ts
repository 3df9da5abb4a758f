import { isAtOrBelow } from "chancery/dns";
import { claimedBy, methodOf } from "./delegation-methods.ts";
import type { Claim, ClaimOptions, DelegationMethod, MethodName } from "./delegation.ts";
import type { TrustedMs } from "../key/key-fact.ts";
import { leavesNameFree } from "../key/key-phase.ts";
import { type ManagedKey, phaseOfKey } from "../rotation/rotation-state.ts";
import type { Seconds } from "../seconds.ts";
import { isCarried, type SelectorImport, type SelectorLook } from "./selector-import.ts";

/** What can be recorded about a claim's move from one method to another, and what each record proves. Facts are only ever added. */
export type MoveEvidence = {
  requested: { from: MethodName; to: MethodName; requestedBy: string };
  /** From here on the customer is asked for the records of the new method: nothing that verifies today is hidden by them. */
  asked: { to: MethodName };
  /** Every record of the new method was seen at every authoritative address: new keys are made under it. */
  delegated: { to: MethodName };
  /** Given up before anything signed under the new method: new keys are made under the old one again. */
  aborted: { requestedBy: string };
  /** No key is left under the method that was given up, and `kept` is the claim's for good: the other one's records may go. */
  settled: { kept: MethodName; left: MethodName };
  /** The delegation of the method that was left is gone, and caches may still lead to our zone, which answers for names of the other method. */
  gone: { left: MethodName; waitSeconds: Seconds };
  /** The customer has removed them, as every authoritative address says, and no cache leads to what we served under them. */
  cleared: { left: MethodName };
};

export type MoveFactKind = keyof MoveEvidence;

/** One kind with the evidence that belongs to it. */
export type MoveFinding = { [Kind in MoveFactKind]: { kind: Kind; evidence: MoveEvidence[Kind] } }[MoveFactKind];

/** A fact as recorded. `unknown`: written by a later version of this program; nothing may be concluded from it. */
export type MoveFact = (MoveFinding | { kind: "unknown"; name: string }) & { at: Seconds; trustedMs: TrustedMs };

const kinds: Record<MoveFactKind, true> = {
  requested: true,
  asked: true,
  delegated: true,
  aborted: true,
  settled: true,
  gone: true,
  cleared: true,
};

/** Reads a fact back from the database. */
export function readMoveFact(row: { kind: string; at: Seconds; trustedMs: TrustedMs; evidence: unknown }): MoveFact {
  const { at, trustedMs } = row;
  if (!Object.hasOwn(kinds, row.kind)) return { kind: "unknown", name: row.kind, at, trustedMs };
  return { kind: row.kind, evidence: row.evidence, at, trustedMs } as MoveFact; // we wrote it: the kind implies its evidence
}

/** How far a move has come: the kind of its latest fact. "settled" and "gone" last until the records of the left method are gone. */
export type MoveStage = Exclude<MoveFactKind, "cleared"> | "unknown";

/** The latest move of a claim, as far as it still matters. */
export type Move = {
  from: MethodName;
  to: MethodName;
  stage: MoveStage;
  /** When it was asked for, and when its stage began. */
  requestedAt: Seconds;
  since: Seconds;
  /** Settled, or about to be: which of the two methods goes. */
  left: MethodName;
  /** Until when our old zone is served on, on the trusted clock; absent: its delegation was not seen gone. */
  servedUntilMs?: TrustedMs;
};

/** A claim's moves in one list of facts: each `requested` begins another one. Undefined: none is under way, and none has left anything. */
export function moveOf(facts: readonly MoveFact[]): Move | undefined {
  let move: Move | undefined;
  for (const fact of facts) {
    const { at: since } = fact;
    if (fact.kind === "requested") {
      const { from, to } = fact.evidence;
      move = { from, to, stage: "requested", requestedAt: since, since, left: from };
    } else if (fact.kind === "cleared") move = undefined;
    else if (move !== undefined) {
      move = { ...move, stage: fact.kind, since, left: fact.kind === "aborted" ? move.to : move.left };
      if (fact.kind === "gone") move.servedUntilMs = fact.trustedMs + fact.evidence.waitSeconds * 1000;
    }
  }
  return move;
}

/**
 * The zone of ours that a move leads out of. While its delegation stands, nobody sees what the customer publishes below it: we answer there for
 * the records of the new method, and the customer puts them in the place of the delegation. Undefined: there is none.
 */
export const zoneLeft = (claim: Claim, { from }: Pick<Move, "from">): string | undefined =>
  methodOf(from).ownZone(claimedBy(claim, from));

/**
 * The method whose delegation is prepared for by taking selectors over: the claim's own, or the one that it is about to move to, which
 * comes first. Undefined: neither hides any.
 */
export function importingMethod(present: MethodName, move: Move | undefined): MethodName | undefined {
  const to = move?.stage === "requested" || move?.stage === "asked" || move?.stage === "delegated" ? [move.to] : [];
  const [next] = to.filter((method) => hides(methodOf(method)));
  return next ?? (methodOf(present).hidesSelectors ? present : undefined);
}

/** Whether a delegation takes names out of sight that others may have there. */
export const hides = ({ hidesSelectors, hidesNames }: DelegationMethod): boolean =>
  hidesSelectors || hidesNames === true;

/** Whether a move asks for anything still: a settled one has only left records behind. */
export const isUnderWay = (move: Move | undefined): move is Move =>
  move !== undefined && move.stage !== "settled" && move.stage !== "gone";

/** The method that new keys are made under. `present`: the claim's, as it is stored. */
export const makingMethod = (present: MethodName, move: Move | undefined): MethodName =>
  move?.stage === "delegated" ? move.to : present;

/**
 * When a method was last delegated by a move, on the trusted clock; 0: it has been the claim's from the beginning. What was ready
 * before does not show that nothing else stood at the customer's names in between.
 */
export function delegatedSince(facts: readonly MoveFact[], method: MethodName): TrustedMs {
  let to: MethodName | undefined;
  let sinceMs: TrustedMs = 0;
  for (const fact of facts) {
    if (fact.kind === "requested") ({ to } = fact.evidence);
    if (fact.kind === "delegated" && to === method) sinceMs = fact.trustedMs;
  }
  return sinceMs;
}

/** A move can be given up as long as the old method's keys sign: before the switch, or after it was taken back. */
export const mayAbort = (to: MethodName, keys: readonly ManagedKey[]): boolean =>
  !keys.some((key) => key.method.name === to && phaseOfKey(key) === "active");

/** A move as the next step depends on it. */
export type MoveState = Pick<Move, "stage" | "left" | "servedUntilMs"> & {
  to: DelegationMethod;
  /** "asked": every record of the new method is there. "settled", "gone": every record of the method that was left is gone. */
  done: boolean;
  /** For so long caches may lead to the zone that is left, which answers for names of the new method; absent: it answers for none. */
  lingerSeconds?: Seconds;
  /** Names that verify today and that the new method's delegation would hide: nothing of ours answers for them there yet. */
  hidden: readonly string[];
  /** Of a method that hides the selectors of others: what was agreed about them, and what is taken over. */
  selectors?: { domain: string; zone: string; agreed: ClaimOptions; taken: SelectorImport | undefined };
};

/**
 * Names in use that the delegation of the method `to` would hide: the key names, and the aliases on the way from them, that lie in the
 * zone it delegates. Under a method without a zone of its own nothing is hidden. `taken`: what the new zone has of the old one's names.
 */
export function hiddenBy(to: MethodName, claim: Claim, keys: readonly ManagedKey[], taken?: SelectorLook): string[] {
  const zone = methodOf(to).ownZone(claimedBy(claim, to));
  if (zone === undefined) return [];
  const names = keys
    .filter((key) => key.method.name !== to && !leavesNameFree(phaseOfKey(key)))
    .flatMap(({ chain }) => [...chain.aliases.map(({ name }) => name), chain.record.name]);
  return [...new Set(names)].filter(
    (name) => isAtOrBelow(name, zone) && (taken === undefined || !isCarried(taken, name)),
  );
}
