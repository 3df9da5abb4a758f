import type { Seconds } from "../seconds.ts";

export const weekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
export type Weekday = (typeof weekdays)[number];

/** When keys may change: from `fromMinute` up to `toMinute`, minutes of the day in `timeZone`, on each of `days`. */
export type ChangeWindow = {
  days: readonly Weekday[];
  fromMinute: number;
  toMinute: number;
  /** As the IANA database names it: `Europe/Berlin`, `UTC`. */
  timeZone: string;
};

/** Windows begin and end on a quarter of an hour: every offset from UTC in use is a multiple of that. */
export const windowStepMinutes = 15;
const stepSeconds: Seconds = windowStepMinutes * 60;
/** A window comes round within a week; a clock change may swallow one of it. */
const stepsMax = (15 * 86_400) / stepSeconds;

export function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en-GB", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}

const clocks = new Map<string, Intl.DateTimeFormat>();
function clockOf(timeZone: string): Intl.DateTimeFormat {
  const known = clocks.get(timeZone);
  if (known !== undefined) return known;
  const clock = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  clocks.set(timeZone, clock);
  return clock;
}

/** Whether the moment lies in the window, by the clock on the wall of its time zone. */
function holds(window: ChangeWindow, at: Seconds): boolean {
  const parts = new Map(
    clockOf(window.timeZone)
      .formatToParts(at * 1000)
      .map(({ type, value }) => [type, value]),
  );
  const day = weekdays.find((name) => name === parts.get("weekday")?.toLowerCase());
  const minute = Number(parts.get("hour")) * 60 + Number(parts.get("minute"));
  return day !== undefined && window.days.includes(day) && minute >= window.fromMinute && minute < window.toMinute;
}

/**
 * When keys may change next: undefined where they may now. No windows at all mean any time. A window that never comes is
 * told as the end of the search, where it is asked again.
 */
export function opensAt(windows: readonly ChangeWindow[], now: Seconds): Seconds | undefined {
  const isOpen = (at: Seconds): boolean => windows.length === 0 || windows.some((window) => holds(window, at));
  if (isOpen(now)) return undefined;
  const next = Math.floor(now / stepSeconds) * stepSeconds + stepSeconds;
  const steps = Array.from({ length: stepsMax }, (_, step) => next + step * stepSeconds);
  return steps.find(isOpen) ?? next + stepsMax * stepSeconds;
}

const two = (value: number): string => String(value).padStart(2, "0");
const timeText = (minute: number): string => `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;

/** As people write it: `mon,tue 09:00-17:00 Europe/Berlin`. */
export const windowText = ({ days, fromMinute, toMinute, timeZone }: ChangeWindow): string =>
  `${days.join(",")} ${timeText(fromMinute)}-${timeText(toMinute)} ${timeZone}`;

/** Reads `mon-fri 09:00-17:00 Europe/Berlin`; without a time zone UTC is meant. Undefined: it is not of that form. */
export function parseWindow(text: string): ChangeWindow | undefined {
  const [dayText = "", timeRange = "", timeZone = "UTC", ...rest] = text.trim().toLowerCase().split(/\s+/);
  const days = dayText.split(",").flatMap((part) => daysOf(part) ?? ["?" as const]);
  const [fromMinute, toMinute] = timeRange.split("-").map(minuteOf);
  if (rest.length > 0 || fromMinute === undefined || toMinute === undefined || fromMinute >= toMinute) return undefined;
  if (days.some((day) => day === "?") || !isTimeZone(timeZone)) return undefined;
  const named = text.trim().split(/\s+/)[2] ?? "UTC";
  return { days: weekdays.filter((day) => days.includes(day)), fromMinute, toMinute, timeZone: named };
}

function daysOf(part: string): Weekday[] | undefined {
  const [first, last] = part.split("-").map((name) => weekdays.findIndex((day) => day === name));
  if (first === undefined || first === -1 || last === -1) return undefined;
  return last === undefined
    ? weekdays.slice(first, first + 1)
    : first <= last
      ? weekdays.slice(first, last + 1)
      : undefined;
}

function minuteOf(text: string): number | undefined {
  const match = /^(\d{1,2}):(\d{2})$/.exec(text);
  const minute = match === null ? NaN : Number(match[1]) * 60 + Number(match[2]);
  return Number(match?.[2]) < 60 && minute <= 24 * 60 && minute % windowStepMinutes === 0 ? minute : undefined;
}
