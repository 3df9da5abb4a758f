import { rcodeName, typeName, type AnswerFacts } from "chancery/dns";
import type { Via } from "./answer-query.ts";
import type { Verdict } from "./rate-limit.ts";
import type { QueryObserver } from "./respond.ts";

/** What was asked and answered since the start; only ever rises. */
export type QueryStatistics = {
  udp: number;
  tcp: number;
  /** By mnemonic; types that nobody asked for are left out. Those above 257 count as "other". */
  byType: Record<string, number>;
  /** By mnemonic. */
  byRcode: Record<string, number>;
  /** Replies held back, and sent empty with TC, by response rate limiting. */
  dropped: number;
  slipped: number;
  /** Time from query to reply, of a sample: how many took up to so many microseconds. The last bound is infinite. */
  latency: { bounds: readonly number[]; counts: number[]; sumMicroseconds: number; count: number };
};

/** Of so many queries the time of one is taken. */
export const timedOf = 64;
const latencyBounds = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000, Infinity] as const;
const typesKept = 258;
/** RCODEs above these do not occur in our answers. */
const rcodesKept = 32;

/** Counts queries in a few flat arrays: nothing is allocated for one. */
export class QueryCounter implements QueryObserver {
  readonly #types = new Float64Array(typesKept + 1);
  readonly #rcodes = new Float64Array(rcodesKept);
  readonly #latency = new Float64Array(latencyBounds.length);
  #sumMicroseconds = 0;
  #timed = 0;
  #udp = 0;
  #tcp = 0;
  #dropped = 0;
  #slipped = 0;

  answered(facts: AnswerFacts, { transport }: Via, verdict: Verdict): void {
    if (transport === "udp") this.#udp++;
    else this.#tcp++;
    this.#types[Math.min(facts.type, typesKept)]!++;
    this.#rcodes[Math.min(facts.rcode, rcodesKept - 1)]!++;
    if (verdict === "drop") this.#dropped++;
    else if (verdict === "slip") this.#slipped++;
  }

  /** Takes the time of one query of the sample. */
  timed(microseconds: number): void {
    this.#timed++;
    this.#sumMicroseconds += microseconds;
    this.#latency[latencyBounds.findIndex((bound) => microseconds <= bound)]!++;
  }

  read(): QueryStatistics {
    return {
      udp: this.#udp,
      tcp: this.#tcp,
      byType: named(this.#types, (type) => (type === typesKept ? "other" : typeName(type))),
      byRcode: named(this.#rcodes, rcodeName),
      dropped: this.#dropped,
      slipped: this.#slipped,
      latency: {
        bounds: latencyBounds,
        counts: [...this.#latency],
        sumMicroseconds: this.#sumMicroseconds,
        count: this.#timed,
      },
    };
  }
}

const named = (counts: Float64Array, nameOf: (number: number) => string): Record<string, number> =>
  Object.fromEntries([...counts].flatMap((count, number) => (count === 0 ? [] : [[nameOf(number), count]])));
