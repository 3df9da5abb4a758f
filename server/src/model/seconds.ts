/** Seconds: a duration, or (where the name ends in `At`) seconds since the Unix epoch. Pure code is given the time. */
export type Seconds = number;

export const minute: Seconds = 60;
export const hour: Seconds = 3600;
export const day: Seconds = 86_400;

/** Year and month (1 to 12) of a moment, in UTC. Days to civil date by the Gregorian 400-year cycle. */
export function yearAndMonth(at: Seconds): { year: number; month: number } {
  const days = Math.floor(at / day) + 719_468; // counted from 0000-03-01, so that the leap day ends a year
  const era = Math.floor(days / 146_097);
  const dayOfEra = days - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const fromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month };
}
