import { setTimeout as pause } from "node:timers/promises";
import { RCODE, readSoa, TYPE } from "chancery/dns";
import { exchange } from "../../engine/resolver/transport/exchange.ts";
import { type CopyPlace, type CopyReport, CopyWatch, type Sight } from "./copy-watch.ts";

export type SecondaryEvent =
  /** From the moment we served it until the last address of the last secondary did (DNS-F-08). */
  | { event: "visible-everywhere"; origin: string; serial: number | undefined; seconds: number }
  /** A copy lost what it had (F-24). It acknowledged that version once, so that nobody tells it of it by itself. */
  | { event: "fell-back"; origin: string; secondary: string; address: string }
  | ({ event: "alarm" } & CopyReport)
  | ({ event: "alarm-over" } & CopyReport);

export type WatchOptions = {
  places: readonly CopyPlace[];
  /** Seconds until a copy that is not current is an alarm. */
  alarmSeconds: number;
  /** The zones that secondaries are to have. */
  origins: () => Iterable<string>;
  /** What secondaries are to have of a zone: this serial, nothing any more, or nothing that concerns us (`not-copied`). */
  wanted: (origin: string) => number | "gone" | "not-copied";
  /** Epoch milliseconds. */
  nowMs: () => number;
  onEvent: (event: SecondaryEvent) => void;
  /** Absent: a question over UDP, over TCP where that is asked for. */
  ask?: (place: CopyPlace, origin: string) => Promise<Sight>;
};

export type SecondaryWatch = {
  /** These zones changed, are new, or are gone. */
  changed(origins: Iterable<string>): void;
  report(): CopyReport[];
  /** How long the last change took to be everywhere, and the longest since the start. */
  visible(): { lastSeconds?: number; longestSeconds?: number };
  close(): Promise<void>;
};

/** Questions a second to one address; a change is asked for before all else. */
const perSecond = 50;
const atOnce = 10;
const idleMs = 100;
/** Between two rounds over all zones, which find what no change of ours brought about: a copy that expired, or went back. */
const roundMs = 60_000;

/** Asks every address of every secondary which version of our zones it serves: after each change until it has it, and all zones in turn. */
export function watchSecondaries(options: WatchOptions): SecondaryWatch {
  const { places, alarmSeconds, nowMs, wanted, onEvent } = options;
  const copies = places.map((place) => new CopyWatch(place, alarmSeconds));
  const stop = new AbortController();
  const changedMs = new Map<string, number>();
  const visible: { lastSeconds?: number; longestSeconds?: number } = {};

  const noteVisible = (origin: string): void => {
    const since = changedMs.get(origin);
    const serial = serialIn(wanted(origin));
    if (since === undefined || !copies.every((copy) => copy.isCurrent(origin, serial))) return;
    changedMs.delete(origin);
    const seconds = Math.round((nowMs() - since) / 100) / 10;
    visible.lastSeconds = seconds;
    visible.longestSeconds = Math.max(seconds, visible.longestSeconds ?? 0);
    onEvent({ event: "visible-everywhere", origin, serial, seconds });
  };

  const watching = copies.map((copy) => watchCopy(copy, options, noteVisible, stop.signal));
  return {
    changed: (origins) => {
      if (copies.length === 0) return;
      for (const origin of origins) {
        const serial = wanted(origin);
        if (serial === "not-copied") continue;
        changedMs.set(origin, nowMs());
        for (const copy of copies) copy.expect(origin, serialIn(serial), nowMs());
      }
    },
    report: () => copies.map((copy) => copy.report(nowMs())),
    visible: () => ({ ...visible }),
    close: async () => {
      stop.abort();
      await Promise.all(watching);
    },
  };
}

async function watchCopy(
  copy: CopyWatch,
  { origins, wanted, nowMs, onEvent, ask = askForSoa }: WatchOptions,
  noteVisible: (origin: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const round = roundOver(origins, nowMs);
  let isAlarm = false;
  while (!signal.aborted) {
    const asked = copy.due(nowMs(), atOnce);
    while (asked.length < (copy.isSilent ? 1 : atOnce) && copy.mayBeAsked(nowMs())) {
      const origin = round();
      if (origin === undefined) break;
      if (!asked.includes(origin)) asked.push(origin);
    }
    await Promise.all(
      asked.map(async (origin) => {
        const sight = await ask(copy.place, origin);
        const serial = wanted(origin);
        if (serial === "not-copied") copy.forget(origin);
        else if (copy.saw(origin, serialIn(serial), sight, nowMs())) {
          const { secondary, address } = copy.place;
          onEvent({ event: "fell-back", origin, secondary, address });
        }
        noteVisible(origin);
      }),
    );
    const report = copy.report(nowMs());
    if ((report.state === "alarm") !== isAlarm) {
      isAlarm = !isAlarm;
      onEvent({ ...report, event: isAlarm ? "alarm" : "alarm-over" });
    }
    const waitMs = Math.max(idleMs, (asked.length * 1000) / perSecond);
    await pause(waitMs, undefined, { signal }).catch(() => {}); // aborted: the loop ends
  }
}

const serialIn = (wanted: number | "gone" | "not-copied"): number | undefined =>
  typeof wanted === "number" ? wanted : undefined;

/** Gives one name after the other, then none until the next round begins. */
function roundOver(names: () => Iterable<string>, nowMs: () => number): () => string | undefined {
  let left: string[] = [];
  let nextMs = 0;
  return () => {
    if (left.length === 0) {
      if (nowMs() < nextMs) return undefined;
      left = [...names()].reverse();
      nextMs = nowMs() + roundMs;
    }
    return left.pop();
  };
}

async function askForSoa({ address, port }: CopyPlace, origin: string): Promise<Sight> {
  const reply = await exchange({ name: origin, type: TYPE.SOA }, { address, port }, { timeoutMs: 1500, attempts: 1 });
  if (reply.result === "failed") return { seen: "silent" };
  const { rcode, authoritative, answers } = reply.message;
  if (rcode === RCODE.SERVFAIL) return { seen: "failing" };
  const soa = answers.find(({ name, type }) => name === origin && type === TYPE.SOA);
  return rcode === RCODE.NOERROR && authoritative && soa
    ? { seen: "serial", serial: readSoa(soa.data).serial }
    : { seen: "absent" };
}
