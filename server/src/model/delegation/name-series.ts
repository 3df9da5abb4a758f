import type { KeyRole } from "../key/key-role.ts";
import { day, type Seconds } from "../seconds.ts";
import { selectorFrom } from "./selector.ts";

/** A name that the customer is asked to publish in advance. Its slot is its place in the series, counted from 1. */
export type SeriesName = { selector: string; role: KeyRole };

/** Every name that a claim was ever given, oldest first, and how many come at a time. Names are added and never taken back. */
export type NameSeries = { batch: number; names: readonly SeriesName[] };

/** So few unused names of a role, published or not, make the next batch due. */
export const namesLeftMin = 2;

/** A year of monthly rotations, and what comes on top: nobody should have to publish more names at once. */
const usualBatchMax = 16;
const year: Seconds = 365 * day;

/** Enough for a year of rotations that are no closer than monthly, one that stands by, and those with which the next batch is asked for. */
export const usualBatch = (rotateAfterSeconds: Seconds): number =>
  Math.min(usualBatchMax, Math.ceil(year / rotateAfterSeconds) + 1 + namesLeftMin);

/** How the names of a series are made where nobody chose another template: `s202611`. */
export const seriesTemplate = "{label}{yyyy}{mm}";

/** `unused`: how many names are still to be used before these. `taken`: the selectors of the claim's keys, of whatever method. */
export type NextNames = {
  label: string;
  /** Absent: the usual one. */
  selectorTemplate?: string | undefined;
  /** Told where the template has no label, which else tells it; absent: the default stream. */
  stream?: string | undefined;
  unused: number;
  now: Seconds;
  rotateAfterSeconds: Seconds;
  taken: readonly string[];
};

/**
 * The names of one more batch for a role: `s202611`, `s202702`, each by the month in which its turn should come, the
 * earlier ones that are still unused before them. A name that was ever given is not given again: `s202611-2`.
 */
export function nextNames(
  series: NameSeries,
  role: KeyRole,
  { label, selectorTemplate = seriesTemplate, stream, unused, now, rotateAfterSeconds, taken: elsewhere }: NextNames,
): SeriesName[] {
  const taken = new Set([...series.names.map(({ selector }) => selector), ...elsewhere]);
  const told = stream === undefined || selectorTemplate.includes("{label}") ? {} : { stream };
  return Array.from({ length: series.batch }, (_, index) => {
    const inTurn = now + (unused + index) * rotateAfterSeconds;
    const selector = selectorFrom(selectorTemplate, { label, ...told, role, now: inTurn, taken: [...taken] });
    taken.add(selector);
    return { selector, role };
  });
}

/** The selector of a slot. Asking for one that was never given is a bug. */
export function selectorAt(series: NameSeries | undefined, slot: number): string {
  const name = series?.names[slot - 1];
  if (name === undefined) throw new Error(`slot ${slot} of the series was never given`);
  return name.selector;
}
