import { latest } from "./key-fact.ts";
import type { ManagedKey } from "../rotation/rotation-state.ts";
import type { Seconds } from "../seconds.ts";

/**
 * The longest TTL on the way to a key's record, as it was published, emptied or silenced, as it was measured when it was confirmed, and as it has grown
 * since: where the customer keeps the record it may grow at any time.
 */
export function longestTtlSeconds({ facts }: Pick<ManagedKey, "facts">): Seconds {
  const confirmed = facts.slice(
    Math.max(
      0,
      facts.findLastIndex(({ kind }) => kind === "confirmed"),
    ),
  );
  const steps = confirmed.flatMap((fact) =>
    fact.kind === "confirmed" || fact.kind === "lengthened" ? fact.evidence.steps : [],
  );
  const served = facts.flatMap((fact) =>
    fact.kind === "publishing" || fact.kind === "silenced" || fact.kind === "emptied"
      ? [fact.evidence.recordTtlSeconds ?? 0]
      : [],
  );
  return Math.max(0, ...served, ...steps.map(({ positiveTtlSeconds }) => positiveTtlSeconds));
}

/** For so long a cache may know the way to a key's record, with what resolvers were taken to add to TTLs when it was confirmed. */
export const rememberedSeconds = (key: Pick<ManagedKey, "facts">): Seconds =>
  longestTtlSeconds(key) + (latest(key.facts, "confirmed")?.evidence.resolverSlackSeconds ?? 0);
