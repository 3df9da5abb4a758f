import { latest, type TrustedMs } from "../key/key-fact.ts";
import { leavesNameFree } from "../key/key-phase.ts";
import type { KeyRole } from "../key/key-role.ts";
import { moveGuards, type MoveTransition } from "./rotation-move-guard.ts";
import { expectationOf, missingSinceMs } from "./rotation-loss.ts";
import { hasTwin, notForgotten, tooEarlyToDestroy } from "./rotation-private-guard.ts";
import { about, nameNotSeen, notSeen } from "./rotation-sight.ts";
import {
  activeKey,
  broughtAs,
  type DomainState,
  isWanted,
  keysIn,
  keysOf,
  type ManagedKey,
  phaseOfKey,
  runningWait,
  wasEverUsed,
  successorOf,
} from "./rotation-state.ts";
import { forgottenAt } from "../key/disclosure.ts";
import { nextLookMs, stopOf } from "../key/signer.ts";
import type { TimingPolicy } from "./timing-policy.ts";

/** What something waits for. `untilTrustedMs`: when it can end at the earliest; without it, only the world can end it. */
export type Wait = {
  for:
    | "sight"
    | "visibility"
    | "drain"
    | "signers"
    | "settle"
    | "destruction"
    | "disclosure"
    | "name"
    | "rotation"
    | "revocation"
    | "newer-version"
    | "claim"
    | "customer"
    | "self-test"
    | "change-window"
    | "move";
  keyId?: string;
  role?: KeyRole;
  untilTrustedMs?: TrustedMs;
  reason: string;
};

/** Why a transition cannot happen now: something has to be looked at first, or waited for. */
export type Block = { observe: ManagedKey } | { wait: Wait };

/** A transition that is about to happen. */
export type Moment = {
  state: DomainState;
  policy: TimingPolicy;
  role: KeyRole;
  /** The slot whose name the key has, or will have. */
  slot: number;
  /** The key that changes; undefined where it has yet to be made. */
  key: ManagedKey | undefined;
};

export type Transition =
  | "generate"
  | "publish"
  | "confirm"
  | "make-ready"
  | "switch"
  | "switch-back"
  | "recall"
  | "withdraw"
  | "bury"
  | "note-revoked"
  | "unpublish"
  | "note-absence"
  | "free-name"
  | "disclose"
  | "destroy"
  | MoveTransition;

export type Guard = { name: string; on: readonly Transition[]; block: (moment: Moment) => Block | undefined };

/** The guards of safety.md §3.2's table; all that stand on a transition must hold at its instant. Waits that a clock can tell come before looks. */
export const guards: readonly Guard[] = [
  // Whoever names a domain may have no say over it: until it is proven, nothing is served or signed for it (I-14).
  { name: "claim-proven", on: ["publish", "switch"], block: unproven },
  // A name that is signing, draining or not yet forgotten by caches never changes its key (I-4).
  { name: "name-free", on: ["generate", "publish"], block: nameTaken },
  // The customer published each of these names for one key; a second one would meet caches that hold the first (I-4).
  { name: "used-once", on: ["generate"], block: usedBefore },
  // A key under a name that nobody published would hold up the rotation, with a later name there to be used.
  { name: "name-published", on: ["generate"], block: notPublished },
  // A pair that cannot verify its own signature would break every message (I-8).
  { name: "self-tested", on: ["publish"], block: notSelfTested },
  // What the platform does not know may still be verified with: a backup that was restored has forgotten it (I-22).
  { name: "name-looked-at", on: ["publish"], block: nameNotSeen },
  // One server without the record is enough for a receiver to find nothing (I-1).
  { name: "seen-everywhere", on: ["confirm"], block: (moment) => notSeen(moment, moment.key, "present", 0) },
  // Whoever asked before the last server had it may remember "no such name", or what stood there before (I-2).
  { name: "visibility-wait", on: ["make-ready"], block: stillRunning },
  // Time alone does nothing: the record has to be there after the wait as well (I-11).
  {
    name: "seen-after-wait",
    on: ["make-ready"],
    block: (moment) => notSeen(moment, moment.key, "present", waitEndMs(moment)),
  },
  // Turning on while another name drains would leave no stand-by for an emergency.
  { name: "few-drains", on: ["switch"], block: tooManyDrains },
  // Whoever looks after the mail wants to be at hand when keys change. A first key changes nothing.
  { name: "change-window", on: ["switch"], block: outsideWindow },
  // A stand-by may have been ready for months: what counts is that it is there at this moment (I-1), also where a server came back old (S3).
  {
    name: "fresh-sight",
    on: ["switch", "switch-back", "recall"],
    block: (moment) => notSeen(moment, moment.key, "present", regressMs(moment)),
  },
  // A signer that did not hear of the switch goes on with the key until its lease ends (I-7); D counts from the last of them.
  { name: "signers-stopped", on: ["withdraw"], block: stillUsed },
  // Mail signed with the old key may still be on its way (I-3).
  { name: "drain-wait", on: ["withdraw", "bury"], block: stillRunning },
  // Whoever made the key may sign with it elsewhere, and knows alone when that ended (I-3).
  { name: "declared", on: ["withdraw"], block: undeclared },
  // As long as the successor is not there, the old key is all there is to go back to (I-6).
  {
    name: "successor-seen",
    on: ["withdraw"],
    block: (moment) =>
      !isWanted(moment.state, moment.role) || neverSignedHere(moment.key)
        ? undefined
        : notSeen(moment, activeKey(moment.state, moment.role), "present", waitEndMs(moment)),
  },
  // A server that still has a revoked key goes on handing it out (I-17).
  {
    name: "revoked-everywhere",
    on: ["note-revoked"],
    block: (moment) => notSeen(moment, moment.key, moment.key === undefined ? "revoked" : expectationOf(moment.key), 0),
  },
  // Whoever asks about old mail is to get a definite answer.
  { name: "revoked-kept", on: ["unpublish"], block: revokedTooShort },
  // A server that still has the old record hands it to new caches.
  { name: "gone-everywhere", on: ["note-absence"], block: (moment) => notSeen(moment, moment.key, "absent", 0) },
  // Caches keep the old record for its TTL.
  { name: "settle-wait", on: ["free-name"], block: stillRunning },
  // A secondary that came back with an old zone would show it again.
  {
    name: "gone-after-wait",
    on: ["free-name"],
    block: (moment) => notSeen(moment, moment.key, "absent", waitEndMs(moment)),
  },
  // A resolver that cannot reach us may still serve what it knew: to whoever asks there, a disclosed key would still verify (I-19).
  { name: "forgotten", on: ["disclose"], block: notForgotten },
  // A secondary that came back with an old zone would show it again (I-19).
  {
    name: "gone-before-disclosure",
    on: ["disclose"],
    block: (moment) =>
      notSeen(moment, moment.key, "gone", (moment.key && forgottenAt(moment.key, moment.policy)?.endsMs) ?? Infinity),
  },
  // Under another name the same key would go on verifying (I-19).
  { name: "no-other-name", on: ["disclose"], block: hasTwin },
  // Until then an operator may want to go back to it.
  { name: "destroy-wait", on: ["destroy"], block: tooEarlyToDestroy },
  ...moveGuards,
];

/** The first guard that does not hold. */
export function firstBlock(transition: Transition, moment: Moment, among: readonly Guard[]): Block | undefined {
  for (const guard of guardsOn(transition, among)) {
    const block = guard.block(moment);
    if (block !== undefined) return block;
  }
  return undefined;
}

const byTransition = new WeakMap<readonly Guard[], Map<Transition, readonly Guard[]>>();

function guardsOn(transition: Transition, among: readonly Guard[]): readonly Guard[] {
  let standing = byTransition.get(among);
  if (standing === undefined) byTransition.set(among, (standing = new Map()));
  let found = standing.get(transition);
  if (found === undefined) standing.set(transition, (found = among.filter(({ on }) => on.includes(transition))));
  return found;
}

/** Since when the key that signs is seen missing. */
function regressMs({ state, role }: Moment): TrustedMs {
  const active = activeKey(state, role);
  return active === undefined ? 0 : missingSinceMs(state, active);
}

const waitEndMs = ({ key }: Moment): TrustedMs => (key === undefined ? 0 : (runningWait(key)?.endsMs ?? 0));
const until = (endsMs: TrustedMs | undefined): { untilTrustedMs?: TrustedMs } =>
  endsMs === undefined ? {} : { untilTrustedMs: endsMs };

function nameTaken({ state, role, slot, key }: Moment): Block | undefined {
  const holder = keysOf(state, role).find(
    (other) =>
      other !== key &&
      other.method.name === (key?.method ?? state.method).name &&
      other.slot === slot &&
      (!leavesNameFree(phaseOfKey(other)) || occupiedUntilMs(other) > state.trustedMs),
  );
  if (holder === undefined) return undefined;
  const occupied = leavesNameFree(phaseOfKey(holder));
  const reason = occupied ? `${holder.selector} holds a key that is not known here` : stillThere(holder);
  const endsMs = occupied ? occupiedUntilMs(holder) : runningWait(holder)?.endsMs;
  return { wait: { for: "name", role, ...until(endsMs), reason } };
}

const stillThere = (key: ManagedKey): string => `${key.selector} still ${phaseOfKey(key)}`;

/** Until when the name of a key that could not be published is let alone: mail may be on its way under what stands there. */
function occupiedUntilMs(key: ManagedKey): TrustedMs {
  const occupied = latest(key.facts, "occupied");
  return occupied === undefined ? 0 : occupied.trustedMs + occupied.evidence.waitSeconds * 1000;
}

/** Only where every name of a role is taken and nothing signs, one of them is given a new key before its time. */
function revokedTooShort(moment: Moment): Block | undefined {
  const { state, role, key } = moment;
  const slots = key?.method.slots(role);
  const needed =
    slots !== undefined &&
    activeKey(state, role) === undefined &&
    successorOf(state, role) === undefined &&
    slots.every((slot) => nameTaken({ ...moment, slot, key: undefined }) !== undefined);
  return needed ? undefined : stillRunning(moment);
}

function usedBefore({ state, role, slot }: Moment): Block | undefined {
  if (state.offered === undefined || !wasEverUsed(state, slot)) return undefined;
  return {
    wait: { for: "name", role, reason: "every name of the series is used: the next ones are about to be issued" },
  };
}

function notPublished({ state, role, slot }: Moment): Block | undefined {
  const name = state.offered?.find((offered) => offered.slot === slot);
  if (name === undefined || name.state === "present") return undefined;
  const reason = `no name is left that the customer published: publish ${name.keyName} CNAME ${name.target}`;
  return { wait: { for: "name", role, reason } };
}

function unproven({ state, role, key }: Moment): Block | undefined {
  if (state.unproven !== true) return undefined;
  return {
    wait: {
      for: "claim",
      ...(key === undefined ? { role } : about(key)),
      reason: "the proof of control has not been seen yet",
    },
  };
}

/** A released claim is the customer's word about all its keys, also those it brought. */
function undeclared({ state, key }: Moment): Block | undefined {
  if (key === undefined || broughtAs(key) === undefined || state.released) return undefined;
  if (latest(key.facts, "declared") !== undefined) return undefined;
  const reason = "others may sign with it: it stays until the customer says that nobody does any more";
  return { wait: { for: "customer", ...about(key), reason } };
}

/** Nothing here depends on a key that only others signed with, nor on one that was taken back before it signed. */
const neverSignedHere = (key: ManagedKey | undefined): boolean =>
  key !== undefined && broughtAs(key) !== undefined && latest(key.facts, "activated") === undefined;

function notSelfTested({ key }: Moment): Block | undefined {
  if (key !== undefined && broughtAs(key) === "hosted") return undefined; // there is no private half to test
  if (key === undefined || latest(key.facts, "generated")?.evidence.selfTested === true) return undefined;
  return { wait: { for: "self-test", ...about(key), reason: "the key pair has not verified its own signature" } };
}

/** A drain is over only when *more* than its wait has passed; the other waits have the second look that follows. */
function stillRunning({ state, key }: Moment): Block | undefined {
  const wait = key === undefined ? undefined : runningWait(key);
  if (key === undefined || wait === undefined) return undefined;
  const over = wait.for === "drain" ? state.trustedMs > wait.endsMs : state.trustedMs >= wait.endsMs;
  if (over) return undefined;
  const reasons = {
    visibility: "caches may still hold what was there before its record",
    drain: "mail signed with it may still be on its way",
    settle: "caches may still hold its record",
    revocation: "its empty p= stays for whoever asks about old mail",
  };
  return { wait: { for: wait.for, ...about(key), untilTrustedMs: wait.endsMs, reason: reasons[wait.for] } };
}

function stillUsed({ state, key }: Moment): Block | undefined {
  const stop = key && stopOf(state, key);
  if (key === undefined || stop === undefined || stop.state === "known") return undefined;
  if (stop.state === "now")
    return { wait: { for: "signers", ...about(key), reason: "the end of its use is to be recorded" } };
  const [first] = stop.signers.map(({ role, node }) => `${role} on ${node}`);
  const others = stop.signers.length > 1 ? ` and ${stop.signers.length - 1} more` : "";
  const reason = `${first}${others} may still sign with it until the switch is acknowledged or the lease has ended`;
  return { wait: { for: "signers", ...about(key), untilTrustedMs: nextLookMs(state, key, stop.endsMs), reason } };
}

function tooManyDrains({ state, role, key }: Moment): Block | undefined {
  const { drainingMax } = state.method;
  if (drainingMax === undefined || activeKey(state, role) === undefined) return undefined;
  const inTheWay = keysIn(state, role, "draining", "withdrawing").filter(
    (other) => other !== key && other.method.name === state.method.name,
  );
  const last = inTheWay.at(-1);
  if (last === undefined || inTheWay.length < drainingMax) return undefined;
  const reason = inTheWay.map(stillThere).join(", ");
  return { wait: { for: "rotation", ...(key && about(key)), ...until(runningWait(last)?.endsMs), reason } };
}

function outsideWindow({ state, role, key }: Moment): Block | undefined {
  const { closedUntilWallMs } = state;
  if (closedUntilWallMs === undefined || activeKey(state, role) === undefined) return undefined;
  const untilTrustedMs = state.trustedMs + Math.max(0, closedUntilWallMs - state.wallMs);
  const reason = "keys change only in the change windows of its policy";
  return { wait: { for: "change-window", ...(key && about(key)), untilTrustedMs, reason } };
}
