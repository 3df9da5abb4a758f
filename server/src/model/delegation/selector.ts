import type { KeyRole } from "../key/key-role.ts";
import { type Seconds, dateOf } from "../seconds.ts";

const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/** What a new selector is made of. `taken`: those that are never used again, also when their keys are long gone. */
export type SelectorOccasion = {
  label: string;
  /** Told behind the first label, where `label` does not tell it. */
  stream?: string;
  role: KeyRole;
  now: Seconds;
  taken: readonly string[];
};

/**
 * A new selector by a template, as DKIM Core does: `{mon}{yyyy}.{label}` gives `feb2026.esp`. The second role is told by
 * `-ed25519` behind the first label, a further key of the same moment by `-2`, `-3` there, or by `{n}` where the template has it.
 */
export function selectorFrom(template: string, { label, stream, role, now, taken }: SelectorOccasion): string {
  const { year, month } = dateOf(now);
  const used = new Set(taken);
  const parts = { mon: months[month - 1]!, mm: String(month).padStart(2, "0"), yyyy: String(year), label };
  const isCounted = template.includes("{n}");
  for (let count = 1; ; count++) {
    const [first = "", ...others] = filled(template, { ...parts, n: String(count) }).split(".");
    const told = [
      first,
      ...(stream === undefined ? [] : [stream]),
      ...(role === "primary" ? [] : ["ed25519"]),
      ...(isCounted || count === 1 ? [] : [count]),
    ];
    const selector = [told.join("-"), ...others].join(".");
    if (!used.has(selector)) return selector;
  }
}

type Placeholders = Record<"mon" | "mm" | "yyyy" | "label" | "n", string>;
const filled = (template: string, parts: Placeholders): string =>
  template.replace(/\{(mon|mm|yyyy|label|n)\}/g, (_, name: keyof Placeholders) => parts[name]);

const templateLengthMax = 60;
/** The longest of everything: a label of `delegation.label`, and what a role and a count add to the first label. */
const longest: Placeholders = { mon: "jan", mm: "01", yyyy: "2026", label: "x".repeat(32), n: "1000" };
const addedLengthMax = "-ed25519-1000".length;

/** Why a text is no template for selectors, in words for whoever wrote it; undefined: it is one. */
export function selectorTemplateProblem(text: string): string | undefined {
  if (text === "" || text.length > templateLengthMax)
    return `a template of 1 to ${templateLengthMax} characters is expected, for example {mon}{yyyy}.{label}`;
  const rest = filled(text, longest);
  if (/[{}]/.test(rest)) return `${text}: the placeholders are {mon}, {mm}, {yyyy}, {label} and {n}`;
  const labels = rest.split(".");
  const bad = labels.find((label) => !/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(label));
  if (bad !== undefined)
    return `${text}: between dots a selector has lower-case letters, digits and hyphens, a hyphen not at the edge`;
  const tooLong = labels.some((label, index) => label.length + (index === 0 ? addedLengthMax : 0) > 63);
  return tooLong ? `${text}: what stands between two dots becomes longer than the 63 octets of a DNS label` : undefined;
}

/** Whether a label is of the form that the usual templates make. */
export const isDatedSelector = (label: string): boolean =>
  new RegExp(`^(?:${months.join("|")})\\d{4}(?:-[a-z0-9]+)*$`).test(label);
