import { asciiLowerCase } from "../../mail/octets.ts";
import { parseDomain } from "../../mail/domain.ts";
import type { Remarks } from "./aggregate-report.ts";

/** An element of a report that is whole: its name without prefix, its text, what stands in it. */
export type ReportElement = { name: string; text: string; children: ReportElement[] };

/** Longer texts are cut: the longest that means something is a comment for people. */
export const reportTextCharactersMax = 1000;

/** The one child of a name; the first, where there are several. */
export function childOf(element: ReportElement | undefined, name: string, remark: Remarks): ReportElement | undefined {
  let found: ReportElement | undefined;
  for (const child of element?.children ?? []) {
    if (child.name !== name) continue;
    if (found !== undefined) {
      remark("repeated-element");
      break;
    }
    found = child;
  }
  return found;
}

/** Up to `max` children of a name. */
export function childrenOf(element: ReportElement | undefined, name: string, max: number, remark: Remarks) {
  const found = (element?.children ?? []).filter((child) => child.name === name);
  if (found.length > max) remark("cut-short");
  return found.slice(0, max);
}

/** The text of a child, fit to be shown. Undefined: no such child. */
export function textOf(element: ReportElement | undefined, name: string, remark: Remarks): string | undefined {
  const child = childOf(element, name, remark);
  return child && cleanText(child.text, remark);
}

/** Without control characters and what turns the direction of writing, and not longer than the limit. */
export function cleanText(text: string, remark: Remarks): string {
  if (text.length <= 100 && isPlain(text)) return text;
  if (text.length > reportTextCharactersMax) remark("cut-short");
  return text
    .slice(0, reportTextCharactersMax)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ")
    .trim();
}
/** What nearly every text is: printable ASCII without blanks at its ends. */
function isPlain(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code > 0x7e || code < 0x20 || (code === 0x20 && (at === 0 || at === text.length - 1))) return false;
  }
  return true;
}

/** A word out of a list. Capitals, and words that were once used for it, are understood. */
export function wordOf<Word extends string>(
  text: string | undefined,
  words: readonly Word[],
  remark: Remarks,
  legacy: Readonly<Record<string, Word>> = {},
): Word | undefined {
  if (text === undefined || text === "") return undefined;
  const exact = words.indexOf(text as Word);
  if (exact >= 0) return words[exact];
  const lower = asciiLowerCase(text);
  const word = words.find((one) => one === lower);
  if (word !== undefined) {
    remark("legacy-value");
    return word;
  }
  const known = Object.hasOwn(legacy, lower) ? legacy[lower] : undefined;
  remark(known === undefined ? "unknown-value" : "legacy-value");
  return known;
}

/** A domain name as a report writes it: a final dot is no fault. Undefined when it is none. */
export function domainOf(text: string | undefined, remark: Remarks): string | undefined {
  if (text === undefined || text === "") return undefined;
  const domain = parseDomain(text.endsWith(".") ? text.slice(0, -1) : text);
  if (domain.ok) return domain.value;
  remark("not-a-domain");
  return undefined;
}
