import { isSerialAfter } from "chancery/dns";

/** One address at which the world asks a secondary. */
export type CopyPlace = { secondary: string; address: string; port: number };

/** What an address said when it was asked for the SOA of a zone. `absent`: it answers, and the zone is none of its. `failing`: SERVFAIL. */
export type Sight = { seen: "serial"; serial: number } | { seen: "absent" } | { seen: "failing" } | { seen: "silent" };

/**
 * What is wrong with the copy of a zone. `went-back`: it had a later version before (F-24). `ahead`: it has a later one than we, and will not
 * follow us. `failing`: expired, or not fetched yet (F-25). `still-served`: we removed it.
 */
export type CopyProblem = "behind" | "went-back" | "ahead" | "absent" | "failing" | "still-served";

/** A copy that is not as it should be; times in epoch seconds. */
export type LaggingZone = {
  origin: string;
  problem: CopyProblem;
  /** Absent: the zone was removed. */
  serial?: number;
  /** Absent: none was seen. */
  seen?: number;
  since: number;
};

/** What is known of one address, as plain values. */
export type CopyReport = {
  secondary: string;
  address: string;
  port: number;
  state: "current" | "behind" | "alarm";
  /** Epoch seconds of the last answer; absent: none yet. */
  answeredAt?: number;
  /** Absent: it answers. */
  silentSince?: number;
  /** How many zones are not as they should be, and for how long at most. */
  lagging: number;
  lagSeconds: number;
  /** The first of them, the longest first. */
  worst: LaggingZone[];
};

type Waiting = {
  /** Undefined: it is to be gone. */
  serial: number | undefined;
  seen: number | undefined;
  problem: CopyProblem;
  /** Whether the address was right about this zone before: then what is wrong is no matter of patience. */
  wasRight: boolean;
  sinceMs: number;
  nextMs: number;
  delayMs: number;
};

const firstDelayMs = 200;
const delayMsMax = 5000;
/** A copy that was right and is wrong now is looked at for so long before it is told. */
const sureMs = 5000;
const worstMax = 20;

/** What is awaited of one address, and what is wrong there. Asks nobody itself; times are epoch milliseconds. */
export class CopyWatch {
  readonly place: CopyPlace;
  readonly #alarmMs: number;
  readonly #waiting = new Map<string, Waiting>();
  /** The serial with which a zone was seen right. */
  readonly #right = new Map<string, number>();
  #answeredMs: number | undefined;
  #silentMs: number | undefined;
  #nextProbeMs = 0;

  constructor(place: CopyPlace, alarmSeconds: number) {
    this.place = place;
    this.#alarmMs = alarmSeconds * 1000;
  }

  /** A zone has this serial from now on; undefined: it is served no more. */
  expect(origin: string, serial: number | undefined, nowMs: number): void {
    const before = this.#waiting.get(origin);
    if (before === undefined && this.#right.get(origin) === serial && serial !== undefined) return;
    this.#waiting.set(origin, {
      serial,
      seen: before?.seen ?? this.#right.get(origin),
      problem: serial === undefined ? "still-served" : "behind",
      wasRight: false,
      sinceMs: before?.sinceMs ?? nowMs,
      nextMs: nowMs + firstDelayMs,
      delayMs: firstDelayMs,
    });
  }

  /** The zones to ask for now. Of an address that is silent, one at a time. */
  due(nowMs: number, max: number): string[] {
    if (this.#silentMs !== undefined) {
      const [first] = this.#waiting.keys();
      return nowMs < this.#nextProbeMs || first === undefined ? [] : [first];
    }
    const due: string[] = [];
    for (const [origin, { nextMs }] of this.#waiting) {
      if (due.length === max) break;
      if (nextMs <= nowMs) due.push(origin);
    }
    return due;
  }

  get isSilent(): boolean {
    return this.#silentMs !== undefined;
  }

  /** Whether it may be asked for zones of which nothing is awaited. */
  mayBeAsked(nowMs: number): boolean {
    return this.#silentMs === undefined || nowMs >= this.#nextProbeMs;
  }

  /** The zone is none that is copied. */
  forget(origin: string): void {
    this.#waiting.delete(origin);
    this.#right.delete(origin);
  }

  isCurrent(origin: string, serial: number | undefined): boolean {
    return !this.#waiting.has(origin) && this.#right.get(origin) === serial;
  }

  /** Takes what was seen of a zone that has `serial` now. Whether the copy is found to have lost what it had, be it again. */
  saw(origin: string, serial: number | undefined, sight: Sight, nowMs: number): boolean {
    const waiting = this.#waiting.get(origin);
    if (waiting !== undefined) {
      waiting.delayMs = Math.min(waiting.delayMs * 2, delayMsMax);
      waiting.nextMs = nowMs + waiting.delayMs;
    }
    if (sight.seen === "silent") {
      this.#silentMs ??= nowMs;
      this.#nextProbeMs = nowMs + Math.min(delayMsMax, Math.max(firstDelayMs, nowMs - this.#silentMs));
      return false;
    }
    this.#silentMs = undefined;
    this.#answeredMs = nowMs;
    const seen = sight.seen === "serial" ? sight.serial : undefined;
    const problem = problemOf(serial, sight, this.#right.get(origin));
    if (problem === undefined) {
      this.#waiting.delete(origin);
      if (serial === undefined) this.#right.delete(origin);
      else this.#right.set(origin, serial);
    } else if (waiting === undefined || waiting.problem !== problem || waiting.seen !== seen) {
      const wasRight = waiting === undefined ? this.#right.has(origin) : waiting.wasRight || problem === "went-back";
      const from = waiting ?? { sinceMs: nowMs, nextMs: nowMs + firstDelayMs, delayMs: firstDelayMs };
      this.#waiting.set(origin, { ...from, serial, seen, problem, wasRight });
      return wasRight;
    }
    return false;
  }

  report(nowMs: number): CopyReport {
    const lagging = [...this.#waiting].sort(([, a], [, b]) => a.sinceMs - b.sinceMs);
    const since = lagging[0]?.[1].sinceMs;
    const silentFor = this.#silentMs === undefined ? 0 : nowMs - this.#silentMs;
    const isAlarm = silentFor >= this.#alarmMs || lagging.some(([, one]) => this.#isAlarming(one, nowMs));
    return {
      ...this.place,
      state: isAlarm ? "alarm" : lagging.length > 0 || this.#silentMs !== undefined ? "behind" : "current",
      ...(this.#answeredMs !== undefined && { answeredAt: inSeconds(this.#answeredMs) }),
      ...(this.#silentMs !== undefined && { silentSince: inSeconds(this.#silentMs) }),
      lagging: lagging.length,
      lagSeconds: since === undefined ? 0 : inSeconds(nowMs - since),
      worst: lagging.slice(0, worstMax).map(([origin, { problem, serial, seen, sinceMs }]) => ({
        origin,
        problem,
        ...(serial !== undefined && { serial }),
        ...(seen !== undefined && { seen }),
        since: inSeconds(sinceMs),
      })),
    };
  }

  #isAlarming({ sinceMs, wasRight }: Waiting, nowMs: number): boolean {
    return nowMs - sinceMs >= (wasRight ? Math.min(sureMs, this.#alarmMs) : this.#alarmMs);
  }
}

const inSeconds = (ms: number): number => Math.floor(ms / 1000);

function problemOf(
  serial: number | undefined,
  sight: Exclude<Sight, { seen: "silent" }>,
  right: number | undefined,
): CopyProblem | undefined {
  if (serial === undefined) return sight.seen === "serial" ? "still-served" : undefined;
  if (sight.seen !== "serial") return sight.seen;
  if (sight.serial === serial) return undefined;
  if (isSerialAfter(sight.serial, serial)) return "ahead";
  return right !== undefined && isSerialAfter(right, sight.serial) ? "went-back" : "behind";
}
