import { parsed, unparsed, type Parsed } from "../parsed.ts";

/**
 * A name in an SPF record (RFC 7208 §7.1). With macros it is another for each message, and no name of its own can be looked up.
 */
export type DomainSpec = { text: string; macros: string[] };

/** The letters of macros; `c`, `r` and `t` are for explanations only (§7.2). */
const macroPattern = /^%\{([slodiphv])([0-9]{0,9})r?([.+,/_=-]*)\}/i;
const printable = /^[\x21-\x7e]+$/;
/** Parses a `domain-spec`. */
export function parseDomainSpec(text: string): Parsed<DomainSpec> {
  const string = parseMacroString(text);
  if (!string.ok) return string;
  const macros = string.value;
  const last = macros.at(-1);
  const endsInMacro = last !== undefined && text.endsWith(last);
  if (!endsInMacro && !endsInTopLabel(text)) return unparsed("does not end in a dot and a top-level domain", 0);
  return parsed({ text, macros });
}

/** A dot, and then letters, digits and inner hyphens that are not digits alone; one final dot is allowed. */
function endsInTopLabel(text: string): boolean {
  const name = text.endsWith(".") ? text.slice(0, -1) : text;
  const dot = name.lastIndexOf(".");
  const label = name.slice(dot + 1);
  if (dot < 0 || label.startsWith("-") || label.endsWith("-")) return false;
  return /^[a-z0-9-]+$/i.test(label) && !/^[0-9]+$/.test(label);
}

/** Parses a `macro-string` and gives its macros, `%%` and the like among them. */
export function parseMacroString(text: string): Parsed<string[]> {
  if (text !== "" && !printable.test(text))
    return unparsed("white space or a character that cannot be printed", text.search(/[^\x21-\x7e]/));
  const macros: string[] = [];
  let at = text.indexOf("%");
  while (at >= 0) {
    const macro = macroAt(text, at);
    if (macro === undefined) return unparsed("a % that begins no macro", at);
    macros.push(macro);
    at = text.indexOf("%", at + macro.length);
  }
  return parsed(macros);
}

function macroAt(text: string, at: number): string | undefined {
  const pair = text.slice(at, at + 2);
  if (pair === "%%" || pair === "%_" || pair === "%-") return pair;
  // Letter, three digits, r and as many delimiters as there are: no macro is longer but by repetition.
  const found = macroPattern.exec(text.slice(at, at + macroOctetsMax));
  if (found === null || /^0+$/.test(found[2]!)) return undefined;
  return found[0];
}

const macroOctetsMax = 32;
