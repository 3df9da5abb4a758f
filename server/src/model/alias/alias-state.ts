import type { TrustedMs } from "../key/key-fact.ts";
import type { TimingPolicy } from "../rotation/timing-policy.ts";
import { type AliasFact, latestOf } from "./alias-fact.ts";
import type { TargetSight } from "./target-sight.ts";

/** Everything that the next step of one alias depends on. Names are canonical. */
export type AliasState = {
  /** `<selector>._domainkey.<domain>`, where the customer's alias leads to ours. */
  keyName: string;
  aliasName: string;
  /** Our own zone, and the customer's domain: a target lies in neither. */
  ownZone: string;
  domain: string;
  facts: readonly AliasFact[];
  /** The claim was given up. */
  released: boolean;
  /** The latest looks at each name, oldest first: at targets, and at the alias itself. */
  sights: ReadonlyMap<string, readonly TargetSight[]>;
  trustedMs: TrustedMs;
  wallMs: number;
};

/** Where our zone has the alias lead; undefined: it is not served. */
export function currentTarget(facts: readonly AliasFact[]): string | undefined {
  const last = facts.findLast(({ kind }) => kind === "served" || kind === "removed");
  return last?.kind === "served" ? last.evidence.to : undefined;
}

/** Where it led before: the way back. */
export const previousTarget = (facts: readonly AliasFact[]): string | undefined =>
  latestOf(facts, "served")?.evidence.from ?? undefined;

/** Where somebody wants it to lead; undefined: where it leads already. */
export function wantedTarget(facts: readonly AliasFact[]): string | undefined {
  const last = facts.findLast(({ kind }) => kind === "asked" || kind === "cancelled" || kind === "served");
  return last?.kind === "asked" ? last.evidence.to : undefined;
}

/** Facts since the alias leads where it does. */
export const sinceServed = (facts: readonly AliasFact[]): readonly AliasFact[] =>
  facts.slice(
    Math.max(
      0,
      facts.findLastIndex(({ kind }) => kind === "served"),
    ),
  );

/** That the upstream behind the current target has stopped, as said since it is the target. */
export const stoppedSign = (facts: readonly AliasFact[]): Extract<AliasFact, { kind: "stopped" }> | undefined => {
  const stopped = latestOf(sinceServed(facts), "stopped");
  return stopped?.evidence.target === currentTarget(facts) ? stopped : undefined;
};

/** How far an alias has come, computed and never stored. */
export type AliasPhase = "waiting" | "publishing" | "published" | "settled" | "leaving" | "removed" | "unknown";

export function aliasPhase(facts: readonly AliasFact[]): AliasPhase {
  if (facts.some(({ kind }) => kind === "unknown")) return "unknown";
  const kinds = new Set(sinceServed(facts).map(({ kind }) => kind));
  if (kinds.has("removed")) return "removed";
  if (kinds.has("leaving")) return "leaving";
  if (kinds.has("settled")) return "settled";
  if (kinds.has("confirmed")) return "published";
  return kinds.has("served") ? "publishing" : "waiting";
}

/** The latest look at a name. */
export const lastSight = ({ sights }: AliasState, name: string): TargetSight | undefined => sights.get(name)?.at(-1);

/** The trusted clock may run late and the wall clock may jump: a look is as old as the worse of the two says. */
export const sightAgeMs = (state: AliasState, sight: TargetSight): number =>
  Math.max(state.trustedMs - sight.trustedMs, Math.abs(state.wallMs - sight.wallMs));

/** Whether two looks show the same. */
const isSame = (a: TargetSight, b: TargetSight): boolean =>
  a.verdict === b.verdict && a.key?.fingerprint === b.key?.fingerprint && a.names.join() === b.names.join();

/**
 * The first of the latest looks that all show the same, if there are `confirmRounds` of them, each `confirmGapSeconds` or more
 * after the one counted before; undefined: too few yet.
 */
export function agreedSince(state: AliasState, name: string, policy: TimingPolicy): TargetSight | undefined {
  const sights = state.sights.get(name) ?? [];
  const last = sights.at(-1);
  if (last === undefined) return undefined;
  const run = sights.slice(sights.findLastIndex((sight) => !isSame(sight, last)) + 1);
  let counted = 0;
  let countedMs = -Infinity;
  for (const sight of run)
    if (sight.trustedMs - countedMs >= policy.confirmGapSeconds * 1000) {
      counted++;
      countedMs = sight.trustedMs;
    }
  return counted >= policy.confirmRounds ? run[0] : undefined;
}
