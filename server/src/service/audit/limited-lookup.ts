import type { Lookup, Resolution } from "../../engine/resolver/resolution.ts";

export type LookupLimits = {
  /** Questions in all; one more is not asked, and its answer is unknown. */
  queriesMax: number;
  /** For one question, milliseconds. */
  questionMs: number;
  /** For all of them, milliseconds. */
  totalMs: number;
};

/** A lookup for one audit: it can become neither a flood nor a matter of minutes. `left`: how many questions remain. */
export type LimitedLookup = Lookup & { left: () => number };

/** A file costs nobody anything. */
export const unlimitedLookup = (lookup: Lookup): LimitedLookup => ({
  left: () => Number.POSITIVE_INFINITY,
  lookup: (name, type) => lookup.lookup(name, type),
});

export function limitedLookup(lookup: Lookup, { queriesMax, questionMs, totalMs }: LookupLimits): LimitedLookup {
  const total = AbortSignal.timeout(totalMs);
  let asked = 0;
  return {
    left: () => (total.aborted ? 0 : queriesMax - asked),
    lookup: (name, type) => {
      if (asked >= queriesMax) return Promise.resolve(notAsked(name, type, "query-limit"));
      if (total.aborted) return Promise.resolve(notAsked(name, type, "timeout"));
      asked += 1;
      return lookup.lookup(name, type, AbortSignal.any([total, AbortSignal.timeout(questionMs)]));
    },
  };
}

const notAsked = (name: string, type: number, reason: "query-limit" | "timeout"): Resolution => ({
  question: { name, type },
  aliases: [],
  finalName: name,
  records: [],
  zones: [],
  exchanges: [],
  outcome: "unknown",
  reason,
});
