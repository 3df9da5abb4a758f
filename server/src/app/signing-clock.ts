import { statSync, utimesSync, writeFileSync } from "node:fs";
import { type Believed, type ClockVerdict, firstBelieved, signingTime } from "../model/dnssec/signing-clock.ts";
import type { Log } from "./log.ts";

/** How often the time is left on disk. */
const noteEveryMs = 3_600_000;
/** So long a reading stands. */
const readEveryMs = 250;

/** The believed clock in whole seconds, to sign with. */
export function openSigningClock(path: string, log: Log): () => number {
  const nowMs = openBelievedClock(path, log);
  return () => Math.floor(nowMs() / 1000);
}

/**
 * The time, epoch milliseconds, which no jump of the wall clock misleads. The last moment that was believed is kept as the time of a file, for
 * the next process: `path`, made when it is missing.
 */
export function openBelievedClock(path: string, log: Log): () => number {
  let believed: Believed = firstBelieved(reading(), notedMs(path));
  let verdict: ClockVerdict = "agrees";
  let notedAt = -Infinity;
  let read = { nowMs: 0, monotonicMs: -Infinity };
  return () => {
    // It is asked with every query and every message.
    const sinceMs = performance.now() - read.monotonicMs;
    if (sinceMs < readEveryMs) return Math.floor(read.nowMs + sinceMs);
    const at = reading();
    const now = signingTime(believed, at);
    believed = now.believed;
    if (now.verdict !== verdict) tell((verdict = now.verdict), now.nowMs, path, log);
    if (verdict === "agrees" && at.monotonicMs - notedAt >= noteEveryMs) {
      notedAt = at.monotonicMs;
      note(path, now.nowMs, log);
    }
    read = { nowMs: now.nowMs, monotonicMs: at.monotonicMs };
    return Math.floor(now.nowMs);
  };
}

const reading = (): Believed => ({ wallMs: Date.now(), monotonicMs: performance.now() });

function notedMs(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}

function note(path: string, nowMs: number, log: Log): void {
  try {
    if (notedMs(path) === undefined) writeFileSync(path, "");
    utimesSync(path, nowMs / 1000, nowMs / 1000);
  } catch (error) {
    log.warn(
      { problem: (error as Error).message },
      "the time cannot be left on disk; a clock that is wrong at the next start will be believed",
    );
  }
}

function tell(verdict: ClockVerdict, nowMs: number, path: string, log: Log): void {
  const signedAt = new Date(nowMs).toISOString();
  if (verdict === "agrees") return log.info({ signedAt }, "the clock is believed again");
  log.error(
    { clock: verdict, signedAt },
    `the clock of this machine jumped; zones and mail are signed by the time that has passed since. Set it right; if it is right already, run "touch ${path}" and start Chancery again`,
  );
}
