/** Seconds: a duration, or (where the name ends in `At`) seconds since the Unix epoch. Pure code is given the time. */
export type Seconds = number;

export const minute: Seconds = 60;
export const hour: Seconds = 3600;
export const day: Seconds = 86_400;

/** A moment as people read it: `2026-11-22 08:12:00 UTC`. */
export function utcText(at: Seconds): string {
  const { year, month, day: dayOfMonth } = dateOf(at);
  const secondOfDay = at - Math.floor(at / day) * day;
  const two = (value: number): string => String(Math.floor(value)).padStart(2, "0");
  const time = [secondOfDay / hour, (secondOfDay % hour) / minute, secondOfDay % minute].map(two).join(":");
  return `${year}-${two(month)}-${two(dayOfMonth)} ${time} UTC`;
}

/** A duration as people say it, in its two greatest units: `10 d 6 h`, `1 h 15 min`, `40 s`. */
export function durationText(seconds: Seconds): string {
  const parts = [
    [Math.floor(seconds / day), "d"],
    [Math.floor((seconds % day) / hour), "h"],
    [Math.floor((seconds % hour) / minute), "min"],
    [seconds % minute, "s"],
  ] as const;
  const said = parts.filter(([count]) => count > 0).slice(0, 2);
  return said.length === 0 ? "0 s" : said.map(([count, unit]) => `${count} ${unit}`).join(" ");
}

/** Year, month (1 to 12) and day of a moment, in UTC. Days to civil date by the Gregorian 400-year cycle. */
export function dateOf(at: Seconds): { year: number; month: number; day: number } {
  const days = Math.floor(at / day) + 719_468; // counted from 0000-03-01, so that the leap day ends a year
  const era = Math.floor(days / 146_097);
  const dayOfEra = days - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const fromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  const dayOfMonth = dayOfYear - Math.floor((153 * fromMarch + 2) / 5) + 1;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day: dayOfMonth };
}
