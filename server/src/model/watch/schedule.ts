import { createHash } from "node:crypto";

/** Whoever did not answer is asked again so much later. */
const askAgainSeconds = 300;
/** A change is looked at again when caches have let go of it: after its TTL, but that of an absence is not known. */
const cacheSecondsMin = 900;
const cacheSecondsMax = 3600;

/** What a look leaves behind, as far as the next one is concerned. */
export type LookAgain = {
  /** `settled`: all is said. `unsettled`: something waits for a second look. `unknown`: nobody answered. */
  after: "settled" | "unsettled" | "unknown";
  /** Looks in a row, this one not counted, that were followed by one before its time. */
  earlyLooks: number;
  /** The longest TTL among the answers. */
  ttlSeconds: number;
};

/**
 * When to look again, epoch seconds. A settled domain has a place of its own within the interval, given by its name: any
 * number of domains are spread evenly, and stay so after an outage in which all came due. What waits for a second look, or
 * for any answer, comes sooner: no answer after 5 minutes, a second look after the answers' TTL (15 minutes to an hour), then
 * after twice that, and so on up to the interval.
 */
export function nextLookAt(
  name: string,
  intervalSeconds: number,
  now: number,
  again: LookAgain,
): { dueAt: number; earlyLooks: number } {
  if (again.after !== "settled") {
    const base =
      again.after === "unknown"
        ? askAgainSeconds
        : Math.min(Math.max(again.ttlSeconds, cacheSecondsMin), cacheSecondsMax);
    const wait = base * 2 ** Math.min(again.earlyLooks, 20);
    if (wait < intervalSeconds) return { dueAt: now + wait, earlyLooks: again.earlyLooks + 1 };
    return { dueAt: inItsPlace(name, intervalSeconds, now), earlyLooks: again.earlyLooks };
  }
  return { dueAt: inItsPlace(name, intervalSeconds, now), earlyLooks: 0 };
}

/** The domain's place in the round that comes nearest to one interval from now: after a half to one and a half of it. */
export function inItsPlace(name: string, intervalSeconds: number, now: number): number {
  const place = createHash("sha256").update(name).digest().readUIntBE(0, 6) % intervalSeconds;
  const earliest = now + Math.ceil(intervalSeconds / 2);
  const sinceItsTurn = (((earliest - place) % intervalSeconds) + intervalSeconds) % intervalSeconds;
  return sinceItsTurn === 0 ? earliest : earliest + intervalSeconds - sinceItsTurn;
}
