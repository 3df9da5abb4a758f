import { type Seconds, dateOf } from "./seconds.ts";

const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/**
 * A selector that says when its key was made, as DKIM Core does: `feb2026`, then `feb2026-2`, `feb2026-3`. A selector is
 * never used twice by a claim, also not when its key is long gone.
 */
export function datedSelector(base: string, now: Seconds, taken: readonly string[], suffix: string): string {
  const { year, month } = dateOf(now);
  const stem = `${months[month - 1]}${year}${base}`;
  const used = new Set(taken);
  for (let count = 1; ; count++) {
    const selector = `${count === 1 ? stem : `${stem}-${count}`}${suffix}`;
    if (!used.has(selector)) return selector;
  }
}

/** Whether a label is of the form that `datedSelector` makes, whatever its base. */
export const isDatedSelector = (label: string): boolean =>
  new RegExp(`^(?:${months.join("|")})\\d{4}(?:-[a-z0-9]+)*$`).test(label);
