import type { TrustedMs } from "../key/key-fact.ts";
import { utcText } from "../seconds.ts";
import type { TimingPolicy } from "../rotation/timing-policy.ts";
import { isWithin } from "../zone-content.ts";
import { latestOf } from "./alias-fact.ts";
import {
  agreedSince,
  type AliasState,
  currentTarget,
  lastSight,
  sightAgeMs,
  sinceServed,
  stoppedSign,
} from "./alias-state.ts";
import type { TargetSight } from "./target-sight.ts";

/** What an alias waits for. `untilTrustedMs`: when it can end at the earliest; without it, only the world can end it. */
export type AliasWait = {
  for: "sight" | "target" | "declaration" | "drain" | "visibility" | "newer-version";
  untilTrustedMs?: TrustedMs;
  reason: string;
};

/** Why a transition cannot happen now: a name has to be looked at first, or something waited for. */
export type AliasBlock = { observe: string } | { wait: AliasWait };
/** `to`: where the alias is to lead, or leads. */
export type AliasMoment = { state: AliasState; policy: TimingPolicy; to: string };
export type AliasTransition = "move" | "confirm" | "settle" | "remove";
export type AliasGuard = {
  name: string;
  on: readonly AliasTransition[];
  block: (moment: AliasMoment) => AliasBlock | undefined;
};

/** Aliases in all, the customer's and ours among them. */
export const aliasesMax = 8;

/** All that stand on a transition must hold at its instant. */
export const aliasGuards: readonly AliasGuard[] = [
  // A chain that comes back to us or to the customer goes round for ever, or leads to a key that is not the upstream's.
  { name: "leads-away", on: ["move"], block: comesBack },
  // A server without the key, or with another one, fails the mail of whoever asks it.
  { name: "target-sound", on: ["move"], block: notSound },
  // Under one selector one key is there at a time: while the old upstream signs, its mail needs the old key (I-3).
  { name: "old-stopped", on: ["move"], block: (moment) => unlessFree(moment, stillSigning) },
  // What it signed before may still be on its way (I-3).
  { name: "old-drained", on: ["move"], block: (moment) => unlessFree(moment, stillDraining) },
  // A server of ours that leads elsewhere hands that to new caches (I-1).
  { name: "seen-everywhere", on: ["confirm"], block: (moment) => notShown(moment, 0) },
  // Caches keep the way to the old target for its TTL (I-2).
  { name: "settle-wait", on: ["settle"], block: stillCached },
  // Time alone does nothing: a server may have come back with the old zone (I-11).
  { name: "seen-after-wait", on: ["settle"], block: (moment) => notShown(moment, settleEndMs(moment.state) ?? 0) },
  // A claim that was given up: its upstream's mail in flight needs the alias (I-3).
  { name: "mail-arrived", on: ["remove"], block: stillLeaving },
];

/** The first guard that does not hold. */
export function firstAliasBlock(
  transition: AliasTransition,
  moment: AliasMoment,
  among: readonly AliasGuard[],
): AliasBlock | undefined {
  for (const guard of among) {
    const block = guard.on.includes(transition) ? guard.block(moment) : undefined;
    if (block !== undefined) return block;
  }
  return undefined;
}

/** Why a target cannot be led to, by the names that stand behind it; undefined: nothing speaks against them. */
export function wayFault(names: readonly string[], state: Pick<AliasState, "ownZone" | "domain">): string | undefined {
  const [target = ""] = names;
  const ours = names.find((name) => isWithin(name, state.ownZone));
  if (ours !== undefined) return `${target} leads to ${ours}, which is in our own zone`;
  const theirs = names.find((name) => isWithin(name, state.domain));
  if (theirs !== undefined) return `${target} leads to ${theirs}, which is in the customer's own domain`;
  const aliases = 2 + names.length - 1;
  return aliases > aliasesMax ? `${target} makes a chain of ${aliases} aliases; ${aliasesMax} is the most` : undefined;
}

function comesBack({ state, to }: AliasMoment): AliasBlock | undefined {
  const sight = lastSight(state, to);
  if (sight === undefined) return { observe: to };
  const reason = wayFault(sight.names, state);
  return reason === undefined ? undefined : { wait: { for: "target", reason } };
}

function notSound(moment: AliasMoment): AliasBlock | undefined {
  return notSeen(moment, moment.to, ({ verdict }) => verdict === "sound", 0, "target");
}

/** Agreed by look after look, the last of them fresh and made at `notBeforeMs` or later. */
function notSeen(
  { state, policy }: AliasMoment,
  name: string,
  isRight: (sight: TargetSight) => boolean,
  notBeforeMs: TrustedMs,
  what: "sight" | "target",
): AliasBlock | undefined {
  const last = lastSight(state, name);
  const fits = last !== undefined && isRight(last);
  const since = fits ? agreedSince(state, name, policy) : undefined;
  const fresh = last !== undefined && sightAgeMs(state, last) <= policy.freshnessSeconds * 1000;
  if (since !== undefined && fresh && last.trustedMs >= notBeforeMs) return undefined;
  const gapSeconds = fits ? policy.confirmGapSeconds : policy.observeIntervalSeconds;
  const dueMs = last === undefined ? 0 : last.trustedMs + gapSeconds * 1000;
  if (state.trustedMs >= dueMs) return { observe: name };
  const reason = fits ? `${name} is looked at again and again` : (last?.reasons.join("; ") ?? "");
  return {
    wait: { for: what, untilTrustedMs: dueMs, reason: reason === "" ? `${name} does not lead there yet` : reason },
  };
}

/**
 * Unless no message can notice the move: nothing was served before, both targets lead to the same key, or the old one has lost
 * its key. What the old target has must be known for that.
 */
function unlessFree(
  moment: AliasMoment,
  block: (moment: AliasMoment) => AliasBlock | undefined,
): AliasBlock | undefined {
  const { state, policy, to } = moment;
  const current = currentTarget(state.facts);
  const blocked = current === undefined ? undefined : block(moment);
  if (current === undefined || blocked === undefined) return undefined;
  const old = lastSight(state, current);
  if (old === undefined || sightAgeMs(state, old) > policy.freshnessSeconds * 1000) return { observe: current };
  const isSame = old.verdict === "sound" && old.key?.fingerprint === lastSight(state, to)?.key?.fingerprint;
  if (!isSame && old.verdict !== "without-key") return blocked;
  if (agreedSince(state, current, policy) !== undefined) return undefined;
  const dueMs = old.trustedMs + policy.confirmGapSeconds * 1000;
  if (state.trustedMs >= dueMs) return { observe: current };
  return { wait: { for: "sight", untilTrustedMs: dueMs, reason: `${current} is looked at again and again` } };
}

function stillSigning({ state }: AliasMoment): AliasBlock | undefined {
  if (stoppedSign(state.facts) !== undefined) return undefined;
  const current = currentTarget(state.facts) ?? "";
  const reason = `mail is signed with the key behind ${current} as far as anybody said: when that has stopped, say so with --old-stopped-at TIME`;
  return { wait: { for: "declaration", reason } };
}

function stillDraining({ state }: AliasMoment): AliasBlock | undefined {
  const stopped = stoppedSign(state.facts)?.evidence;
  if (stopped === undefined || state.trustedMs > stopped.endsTrustedMs) return undefined;
  const reason = `mail that was signed until ${utcText(stopped.stoppedAt)} may still be on its way`;
  return { wait: { for: "drain", untilTrustedMs: stopped.endsTrustedMs, reason } };
}

const notShown = (moment: AliasMoment, notBeforeMs: TrustedMs): AliasBlock | undefined =>
  notSeen(
    moment,
    moment.state.aliasName,
    ({ verdict, names }) => verdict === "sound" && names[1] === moment.to,
    notBeforeMs,
    "sight",
  );

function settleEndMs({ facts }: AliasState): TrustedMs | undefined {
  const confirmed = latestOf(sinceServed(facts), "confirmed")?.evidence;
  return confirmed && confirmed.seenTrustedMs + confirmed.waitSeconds * 1000;
}

function stillCached({ state }: AliasMoment): AliasBlock | undefined {
  const endMs = settleEndMs(state);
  if (endMs === undefined || state.trustedMs >= endMs) return undefined;
  return { wait: { for: "visibility", untilTrustedMs: endMs, reason: "caches may still hold where it led before" } };
}

function stillLeaving({ state }: AliasMoment): AliasBlock | undefined {
  const leaving = latestOf(state.facts, "leaving")?.evidence;
  if (leaving === undefined || state.trustedMs > leaving.endsTrustedMs) return undefined;
  return { wait: { for: "drain", untilTrustedMs: leaving.endsTrustedMs, reason: "mail may still be on its way" } };
}
