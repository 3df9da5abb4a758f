import type { TrustedMs } from "../key/key-fact.ts";
import { isShown, presenceOf, runningWait } from "./presence.ts";
import type { KeyTrace } from "./zone-key-fact.ts";
import type { ZoneKeyPolicy } from "./zone-key-policy.ts";
import { sightOf, type Sight } from "./zone-look.ts";
import type { ZoneKey, ZoneKeysState } from "./zone-key.ts";

/** What something waits for. `untilTrustedMs`: when it can end at the earliest; without it, only the world can end it. */
export type ZoneKeyWait = {
  for: "servers" | "parent" | "caches" | "order" | "age" | "newer-version";
  keyTag?: number;
  untilTrustedMs?: TrustedMs;
  reason: string;
};

/** Why a change cannot be made now: the servers have to be asked first, or something has to be waited for. */
export type Block = { look: true } | { wait: ZoneKeyWait };

/** A change that is about to be made, to one trace of one key. */
export type Transition =
  | "show-dnskey"
  | "show-signatures"
  | "show-ds"
  | "take-dnskey"
  | "take-signatures"
  | "note-seen"
  | "note-settled"
  | "note-unseen"
  | "note-gone"
  | "destroy";

export type Moment = { state: ZoneKeysState; policy: ZoneKeyPolicy; key: ZoneKey; trace: KeyTrace };
export type Guard = { name: string; on: readonly Transition[]; block: (moment: Moment) => Block | undefined };

/**
 * All that stand on a transition must hold at its instant. Together they see to it that whoever combines any DS set, any DNSKEY set and
 * any signature that a cache may hold has a whole chain, for every algorithm in them (RFC 4035 §2.2, RFC 6781 §4.1).
 */
export const zoneKeyGuards: readonly Guard[] = [
  // A validator that meets a key of a new algorithm may ask for its signatures everywhere (RFC 6781 §4.1.4, conservative).
  { name: "signatures-before-key", on: ["show-dnskey"], block: noSignaturesYet },
  // Who has the keys of before cannot check what a new ZSK signs (RFC 6781 §4.1.1.1, pre-publish).
  { name: "key-before-signatures", on: ["show-signatures"], block: keyUnknown },
  // A DS record that leads nowhere for somebody makes the zone bogus for them (RFC 6781 §4.1.2, double-KSK).
  { name: "chain-before-ds", on: ["show-ds"], block: chainIncomplete },
  // Who has the old DS set needs the key that it names; for a key that leaves with its algorithm, the ZSK as well.
  { name: "ds-gone-before-key", on: ["take-dnskey", "take-signatures"], block: dsLingers },
  // Who has data signed by the old ZSK needs that key.
  { name: "signatures-gone-before-key", on: ["take-dnskey"], block: signaturesLinger },
  // Who has the keys of an algorithm asks for its signatures.
  { name: "key-gone-before-signatures", on: ["take-signatures"], block: keysLinger },
  // One server without it is enough for a resolver to learn the opposite.
  { name: "seen-everywhere", on: ["note-seen"], block: (moment) => unlessSight(moment, "everywhere") },
  { name: "seen-nowhere", on: ["note-unseen"], block: (moment) => unlessSight(moment, "nowhere") },
  // Caches keep what they heard before.
  { name: "wait-after-seen", on: ["note-settled"], block: stillRunning },
  { name: "wait-after-unseen", on: ["note-gone"], block: stillRunning },
  // Time alone moves nothing: a server may have gone back to an older version meanwhile.
  { name: "seen-after-wait", on: ["note-settled"], block: (moment) => unlessSight(moment, "everywhere") },
  { name: "unseen-after-wait", on: ["note-gone"], block: (moment) => unlessSight(moment, "nowhere") },
  // What was found out long ago may be so no more: a DS record put back by hand, a secondary restored from a backup.
  { name: "fresh-look", on: ["show-ds", "show-signatures", "take-dnskey", "take-signatures"], block: lookIsOld },
  // As long as somebody may have something of it, the key may be wanted back.
  { name: "destroy-wait", on: ["destroy"], block: notLongGone },
];

/** The first guard that does not hold. */
export function firstBlock(transition: Transition, moment: Moment, among: readonly Guard[]): Block | undefined {
  for (const { on, block } of among) {
    const found = on.includes(transition) ? block(moment) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

const sameAlgorithm = ({ state, key }: Moment): ZoneKey[] =>
  state.keys.filter((other) => other.algorithm === key.algorithm);
const order = ({ key }: Moment, reason: string): Block => ({
  wait: { for: "order", keyTag: key.keyTag, reason },
});

function noSignaturesYet(moment: Moment): Block | undefined {
  const signed = sameAlgorithm(moment).some((other) => presenceOf(other, "signatures") === "everywhere");
  return signed ? undefined : order(moment, "signatures of its algorithm have to be everywhere first");
}

function keyUnknown(moment: Moment): Block | undefined {
  const { key } = moment;
  if (presenceOf(key, "dnskey") === "everywhere") return undefined;
  // Signatures of an algorithm that no key in the zone has are passed over by everybody.
  const others = sameAlgorithm(moment).filter((other) => presenceOf(other, "dnskey") !== "hidden");
  return others.length === 0 ? undefined : order(moment, "its DNSKEY record has to be everywhere first");
}

function chainIncomplete(moment: Moment): Block | undefined {
  if (presenceOf(moment.key, "dnskey") !== "everywhere")
    return order(moment, "its DNSKEY record has to be everywhere first");
  const signed = sameAlgorithm(moment).some(
    (zsk) => presenceOf(zsk, "dnskey") === "everywhere" && presenceOf(zsk, "signatures") === "everywhere",
  );
  return signed ? undefined : order(moment, "signatures of its algorithm have to be everywhere first");
}

function dsLingers(moment: Moment): Block | undefined {
  const lingering = namedBy(moment).filter((ksk) => presenceOf(ksk, "ds") !== "hidden");
  const [first] = lingering;
  if (first === undefined) return undefined;
  const asked = moment.state.goal === "unsigned" ? "remove" : "replace";
  return order(
    moment,
    `the parent has to ${asked} its DS record (key tag ${first.keyTag}), and caches to forget the old one`,
  );
}

/** The KSKs whose DS records lead to what is to go. */
function namedBy(moment: Moment): ZoneKey[] {
  const { state, key, trace } = moment;
  if (key.role === "ksk") return [key];
  if (trace === "dnskey" && (presenceOf(key, "signatures") === "hidden" || isReplaced(moment))) return [];
  const ksks = state.keys.filter(({ role }) => role === "ksk");
  return state.goal === "unsigned" ? ksks : ksks.filter(({ algorithm }) => algorithm === key.algorithm);
}

/** Whether another ZSK of its algorithm signs. */
const isReplaced = (moment: Moment): boolean =>
  sameAlgorithm(moment).some((other) => other !== moment.key && isShown(other, "signatures"));

function signaturesLinger(moment: Moment): Block | undefined {
  const { key } = moment;
  if (key.role === "ksk" || presenceOf(key, "signatures") === "hidden" || !isReplaced(moment)) return undefined;
  return order(moment, "what it signed has to be gone everywhere first");
}

function keysLinger(moment: Moment): Block | undefined {
  // Where no DS record is left, nobody asks for anything.
  if (moment.state.goal === "unsigned") return undefined;
  const lingering = sameAlgorithm(moment).some((other) => presenceOf(other, "dnskey") !== "hidden");
  return lingering ? order(moment, "the keys of its algorithm have to be gone everywhere first") : undefined;
}

/** A look from before the last change, or from before the end of a wait that is over, says nothing about now. */
function lookFrom({ key, trace, state }: Moment): TrustedMs {
  const endsMs = runningWait(key, trace)?.endsMs ?? -1;
  return Math.max(state.trustedMs > endsMs ? endsMs + 1 : 0, lastChangeMs(state, trace));
}

/** When our own zone, or what we ask of the parent, changed last. What was seen before does not count. */
const lastChangeMs = (state: ZoneKeysState, trace: KeyTrace): TrustedMs =>
  Math.max(
    0,
    ...state.keys.flatMap(({ facts }) =>
      facts.flatMap((fact) =>
        (fact.kind === "shown" || fact.kind === "taken") && fact.evidence.trace === trace ? [fact.trustedMs] : [],
      ),
    ),
  );

function unlessSight(moment: Moment, wanted: Sight["sight"]): Block | undefined {
  const { state, policy, key, trace } = moment;
  const { look } = state;
  const nextLookMs = (look?.trustedMs ?? 0) + policy.observeIntervalSeconds * 1000;
  if (look === undefined || look.trustedMs < lookFrom(moment)) return { look: true };
  const { sight, reasons } = sightOf(look, key, trace);
  const tooOld = state.trustedMs > look.trustedMs + policy.freshnessSeconds * 1000;
  if (sight === wanted && !tooOld) return undefined;
  if (state.trustedMs >= nextLookMs || tooOld) return { look: true };
  const who = trace === "ds" ? "parent" : "servers";
  return {
    wait: { for: who, keyTag: key.keyTag, untilTrustedMs: nextLookMs, reason: sightReason(trace, wanted, reasons) },
  };
}

const named: Record<KeyTrace, string> = { dnskey: "DNSKEY record", signatures: "signatures", ds: "DS record" };

function sightReason(trace: KeyTrace, wanted: Sight["sight"], reasons: readonly string[]): string {
  const whose = trace === "ds" ? "server of the parent" : "server of the zone";
  const what =
    wanted === "everywhere"
      ? `every ${whose} has to show its ${named[trace]}`
      : `its ${named[trace]} has to be gone from every ${whose}`;
  return reasons.length === 0 ? what : `${what}: ${reasons.join("; ")}`;
}

function stillRunning({ state, key, trace }: Moment): Block | undefined {
  const wait = runningWait(key, trace);
  if (wait === undefined || state.trustedMs > wait.endsMs) return undefined;
  const reason = `caches may keep what they heard before about its ${named[trace]}`;
  return { wait: { for: "caches", keyTag: key.keyTag, untilTrustedMs: wait.endsMs + 1, reason } };
}

function lookIsOld({ state, policy }: Moment): Block | undefined {
  const { look } = state;
  const fresh = look !== undefined && state.trustedMs <= look.trustedMs + policy.freshnessSeconds * 1000;
  return fresh ? undefined : { look: true };
}

function notLongGone({ state, policy, key }: Moment): Block | undefined {
  const last = key.facts.at(-1)?.trustedMs ?? 0;
  const endsMs = last + policy.destroyAfterSeconds * 1000;
  if (state.trustedMs > endsMs) return undefined;
  const reason = "its private half is kept for a while";
  return { wait: { for: "age", keyTag: key.keyTag, untilTrustedMs: endsMs + 1, reason } };
}
