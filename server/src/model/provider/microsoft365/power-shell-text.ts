/*
 * What PowerShell makes of its values in JSON, which depends on version and session: files in UTF-16, dates as .NET ticks, an
 * enumeration as a number, as text or as an object of both, members in another case.
 */

/** The text of a file as PowerShell writes it: UTF-16 with its mark (`>` of Windows PowerShell), or UTF-8 with or without. */
export function powerShellText(octets: Uint8Array): string {
  if (octets[0] === 0xff && octets[1] === 0xfe) return new TextDecoder("utf-16le").decode(octets);
  if (octets[0] === 0xfe && octets[1] === 0xff) return new TextDecoder("utf-16be").decode(octets);
  return new TextDecoder("utf-8").decode(octets);
}

/** A member of an object, whatever the case of its name. */
export function memberOf(object: object, name: string): unknown {
  const wanted = name.toLowerCase();
  const found = Object.entries(object).find(([key]) => key.toLowerCase() === wanted);
  return found === undefined ? undefined : unwrapped(found[1]);
}

/** `{"value": 2, "Value": "Valid"}` for an enumeration, `{"value": "/Date(0)/", "DateTime": "…"}` for a date. */
function unwrapped(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const values = Object.entries(value).filter(([key]) => key.toLowerCase() === "value");
  return (values.find(([, one]) => typeof one === "string") ?? values[0])?.[1] ?? value;
}

/** A text that says something, without the spaces around it. */
export const textOf = (value: unknown): string | undefined =>
  typeof value === "string" && value.trim() !== "" ? value.trim() : undefined;

export function flagOf(value: unknown): boolean | undefined {
  if (typeof value === "boolean") return value;
  if (value === 1 || value === 0) return value === 1;
  const text = textOf(value)?.toLowerCase();
  return text === "true" ? true : text === "false" ? false : undefined;
}

export function countOf(value: unknown): number | undefined {
  const count = typeof value === "number" ? value : Number(textOf(value) ?? Number.NaN);
  return Number.isInteger(count) && count > 0 ? count : undefined;
}

const ticksForm = new RegExp("^/Date\\((-?\\d{1,17})(?:[+-]\\d{4})?\\)/$");
const isoForm = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)?(?:Z|([+-])(\d\d):?(\d\d))?$/;

/**
 * Epoch seconds of a date as `/Date(milliseconds)/` (Windows PowerShell) or as ISO 8601 (PowerShell 6 on), which is UTC
 * where it names no zone, as the service's dates are. Undefined for what is no date, and for .NET's smallest, which means none.
 */
export function secondsOf(value: unknown): number | undefined {
  const text = textOf(value);
  if (text === undefined) return undefined;
  const ticks = ticksForm.exec(text);
  const seconds = ticks === null ? isoSeconds(text) : Math.floor(Number(ticks[1]) / 1000);
  return seconds === undefined || seconds <= 0 ? undefined : seconds;
}

function isoSeconds(text: string): number | undefined {
  const match = isoForm.exec(text);
  if (match === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((one) => Number(one ?? 0));
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60) return undefined;
  const ahead = (Number(match[8] ?? 0) * 60 + Number(match[9] ?? 0)) * (match[7] === "-" ? -60 : 60);
  return daysSinceEpoch(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - ahead;
}

/** Days from 1970-01-01 in the Gregorian calendar, counted in years that begin in March, so that a leap day is the last. */
function daysSinceEpoch(year: number, month: number, day: number): number {
  const marchYear = month > 2 ? year : year - 1;
  const leapDays = Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400);
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  return marchYear * 365 + leapDays + dayOfYear - 719_468;
}
