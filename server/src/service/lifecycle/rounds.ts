import type { TrustedMs } from "../../model/key/key-fact.ts";
import type { ChainObservation } from "../../model/rotation/chain-observation.ts";

/** Controllers may read the trusted clock so far apart. */
const readingsApartMs = 60_000;

/** Of so many keys rounds are kept; beyond that those looked at longest ago are forgotten. */
const keysMax = 20_000;

/**
 * The latest rounds of each key, in the memory of this controller alone: another, or the same after a restart, looks for
 * itself. Losing them delays a rotation and never advances it.
 */
export type RoundBook = {
  /**
   * Without those that are ahead of the trusted clock: the database was restored under a controller that runs, and with it
   * the clock (I-22).
   */
  roundsOf: (keyIds: readonly string[], trustedMs: TrustedMs) => Map<string, readonly ChainObservation[]>;
  /** Keeps `roundsMax` rounds of the key, the latest. */
  add: (keyId: string, round: ChainObservation, roundsMax: number) => void;
  /** Its record was changed: earlier rounds say nothing of it any more. */
  forget: (keyId: string) => void;
};

export function roundBook(): RoundBook {
  const book = new Map<string, readonly ChainObservation[]>();
  return {
    roundsOf: (keyIds, trustedMs) => {
      const counts = (round: ChainObservation): boolean => round.trustedMs <= trustedMs + readingsApartMs;
      return new Map(keyIds.map((id) => [id, (book.get(id) ?? []).filter(counts)]));
    },
    forget: (keyId) => void book.delete(keyId),
    add: (keyId, round, roundsMax) => {
      const rounds = [...(book.get(keyId) ?? []), round].slice(-roundsMax);
      book.delete(keyId); // a map keeps the order of insertion: what was looked at last stands last
      book.set(keyId, rounds);
      const [oldest] = book.keys();
      if (book.size > keysMax && oldest !== undefined) book.delete(oldest);
    },
  };
}
