import { setTimeout as pause } from "node:timers/promises";
import { readChangeCounter } from "./change-counter.ts";
import { DatabaseUnavailable } from "./faults.ts";
import type { Database } from "./schema.ts";

const INTERVAL_MS_MAX = 500;

export type FollowOptions = {
  /** Time between two looks; 250 when absent, at most 500, because a fence reaches the signers this way. */
  intervalMs?: number;
  /** Ends the following. */
  signal: AbortSignal;
  /** Told once when the database goes away, with the reason, and once when it is back. Absent: nobody is told. */
  onOutage?: (outage: { state: "away"; error: DatabaseUnavailable } | { state: "back" }) => void;
};

/** What to load: the rows with `changedIn` above `after`. With `after` 0 that is everything, and what is not there any more is gone. */
export type Change = { after: number; upTo: number };

/**
 * Calls `onChange` at once and then after every change, one call at a time, until aborted. It lives through outages. What comes back after
 * one may be an older copy of the database (F-10), as is one whose counter went back: then everything is loaded again. A
 * `DatabaseUnavailable` thrown by `onChange` counts as an outage; any other error ends the following and rejects.
 */
export async function followChanges(
  db: Database,
  { intervalMs = 250, signal, onOutage }: FollowOptions,
  onChange: (change: Change) => Promise<void> | void,
): Promise<void> {
  let seen: number | undefined;
  let away = false;
  while (!signal.aborted) {
    try {
      const upTo = await readChangeCounter(db);
      if (away) onOutage?.({ state: "back" });
      away = false;
      if (upTo !== seen) await onChange({ after: seen === undefined || upTo < seen ? 0 : seen, upTo });
      seen = upTo;
    } catch (error) {
      if (!(error instanceof DatabaseUnavailable)) throw error;
      if (!away) onOutage?.({ state: "away", error });
      away = true;
      seen = undefined;
    }
    await pause(Math.min(intervalMs, INTERVAL_MS_MAX), undefined, { signal }).catch(() => {}); // aborted: the loop ends
  }
}
