import type { TrustedMs } from "../key/key-fact.ts";
import type { KeyTrace, ZoneKeyFact } from "./zone-key-fact.ts";
import type { ZoneKey, ZoneKeysState } from "./zone-key.ts";

/**
 * Whether others have a trace of a key. `hidden`: nobody has. `appearing`: some may have it. `everywhere`: all have it. `vanishing`: some may
 * still have it.
 */
export type Presence = "hidden" | "appearing" | "everywhere" | "vanishing";

type TraceFact = Extract<
  ZoneKeyFact,
  { kind: "shown" | "seen" | "settled" | "unsettled" | "taken" | "unseen" | "gone" }
>;

const presenceAfter: Record<Exclude<TraceFact["kind"], "unsettled">, Presence> = {
  shown: "appearing",
  seen: "appearing",
  settled: "everywhere",
  taken: "vanishing",
  unseen: "vanishing",
  gone: "hidden",
};

const isOf =
  (trace: KeyTrace) =>
  (fact: ZoneKeyFact): fact is TraceFact =>
    "evidence" in fact && "trace" in fact.evidence && fact.evidence.trace === trace;

/** Computed from what was recorded; nothing else is stored. */
export function presenceOf(key: ZoneKey, trace: KeyTrace): Presence {
  const facts = key.facts.filter(isOf(trace));
  const last = facts.at(-1);
  if (last === undefined) return "hidden";
  if (last.kind !== "unsettled") return presenceAfter[last.kind];
  // What was asked for last counts: it is only not sure any more.
  return facts.findLast(({ kind }) => kind === "shown" || kind === "taken")?.kind === "taken"
    ? "vanishing"
    : "appearing";
}

/** The wait that runs for a trace: it was seen everywhere, or nowhere, and caches have yet to follow. */
export function runningWait(key: ZoneKey, trace: KeyTrace): { endsMs: TrustedMs } | undefined {
  const last = key.facts.findLast(isOf(trace));
  if (last === undefined || (last.kind !== "seen" && last.kind !== "unseen")) return undefined;
  return { endsMs: last.evidence.seenTrustedMs + last.evidence.waitSeconds * 1000 };
}

/** The traces that a key of a role can leave. */
export const tracesOf = (key: Pick<ZoneKey, "role">): readonly KeyTrace[] =>
  key.role === "ksk" ? ["dnskey", "ds"] : ["dnskey", "signatures"];

/** Whether it is in our own version of the zone, whoever else knows that; for `ds`: whether we ask for it. */
export const isShown = (key: ZoneKey, trace: KeyTrace): boolean =>
  ["appearing", "everywhere"].includes(presenceOf(key, trace));

export const isHidden = (key: ZoneKey): boolean => tracesOf(key).every((trace) => presenceOf(key, trace) === "hidden");

export const isDestroyed = (key: ZoneKey): boolean => key.facts.some(({ kind }) => kind === "destroyed");

/** Whether a key is wanted: the zone is signed, with this algorithm, and nobody asked for a successor. */
export const isWanted = ({ goal, algorithm }: Pick<ZoneKeysState, "goal" | "algorithm">, key: ZoneKey): boolean =>
  goal === "signed" && key.algorithm === algorithm && !key.facts.some(({ kind }) => kind === "retiring");
