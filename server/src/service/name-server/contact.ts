import { readSoa, recordsAt, TYPE, type Zone } from "chancery/dns";

/**
 * A secondary gives a zone up when it could not ask us for as long as the SOA's expire (RFC 1035 §3.3.13), whether or not the zone changed
 * meanwhile. At a quarter of that there is time to do something (F-25).
 */
const alarmShare = 0.25;

/** A secondary that has not asked for too long. */
export type LostContact = { secondary: string; silentSeconds: number; expiresInSeconds: number };

/** When each secondary last asked, signed, for anything. Until it does, since this name server started. */
export class SecondaryContact {
  readonly #askedAt: Map<string, number>;

  /** `now` in seconds, of any clock that is not set. */
  constructor(secondaries: readonly string[], now: number) {
    this.#askedAt = new Map(secondaries.map((name) => [name, now]));
  }

  asked(secondary: string, now: number): void {
    this.#askedAt.set(secondary, now);
  }

  /** Those that are silent for a quarter of the time after which the first of their copies ends. */
  lost(now: number, expireSeconds: number): LostContact[] {
    return [...this.#askedAt].flatMap(([secondary, askedAt]) => {
      const silentSeconds = Math.floor(now - askedAt);
      if (silentSeconds < alarmShare * expireSeconds) return [];
      return [{ secondary, silentSeconds, expiresInSeconds: Math.max(0, expireSeconds - silentSeconds) }];
    });
  }
}

/** The shortest expire of these zones, in seconds; infinite without any. */
export function shortestExpire(zones: Iterable<Zone>): number {
  let shortest = Infinity;
  for (const zone of zones) {
    const soa = recordsAt(zone, zone.origin).find(({ type }) => type === TYPE.SOA);
    if (soa) shortest = Math.min(shortest, readSoa(soa.data).expire);
  }
  return shortest;
}
