import {
  authservIdCharactersMax,
  keywordCharactersMax,
  quoted,
  type AuthenticationResults,
  type MethodResult,
} from "./authentication-results.ts";

const lineCharactersMax = 78;
/** A line has to stay under 998 octets (RFC 5322 §2.1.1), and no fold may stand inside a word. */
const wordOctetsMax = 900;

/**
 * An Authentication-Results field with its name and its CRLF, a result a line, folded at 78 columns. `parse` gives back what
 * was put in. Whatever stands in `authservId`, `reason` and the values (they come from strangers) cannot end a line or a string:
 * control characters are taken away, and all but plain tokens and addresses goes into quotes. A reason or value that would
 * not fit in a line is left out, for half of one could say something else. Throws TypeError for a method, result, ptype or property
 * that is no Keyword, a version that is no number, and an authserv-id over 255 characters: those are the caller's own.
 */
export function format({ authservId, version, results }: AuthenticationResults): string {
  if (authservId.length > authservIdCharactersMax) throw new TypeError("the authserv-id is over 255 characters");
  const head = ["Authentication-Results:", written(authservId, "value")];
  if (version !== null) head.push(digits(version));
  const groups = [head, ...(results.length === 0 ? [["none"]] : results.map(wordsOf))];
  return `${groups.map(fold).join(";\r\n ")}\r\n`;
}

function wordsOf({ method, version, result, reason, properties }: MethodResult): string[] {
  const words = [`${keyword(method)}${version === null ? "" : `/${digits(version)}`}=${keyword(result)}`];
  if (reason !== null) words.push(`reason=${written(reason, "value")}`);
  for (const { ptype, property, value } of properties)
    words.push(`${keyword(ptype)}.${keyword(property)}=${written(value, "property value")}`);
  return words.filter((word) => Buffer.byteLength(word) <= wordOctetsMax);
}

/** A token of RFC 2045 §5.1. */
const token = /^[A-Za-z0-9!#$%&'*+.^_`{|}~-]+$/;
/** An address with `=`, `?` or `/` goes into quotes too: the grammar has it bare, but not every reader. */
const address = /^[A-Za-z0-9!#$%&'*+.^_`{|}~-]*@[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/;

function written(text: string, kind: "value" | "property value"): string {
  const clean = text.replace(/[\0-\x08\x0a-\x1f\x7f]/g, "");
  const bare = token.test(clean) || (kind === "property value" && address.test(clean));
  return bare ? clean : quoted(clean);
}

function keyword(word: string): string {
  if (/^[A-Za-z0-9-]*[A-Za-z0-9]$/.test(word) && word.length <= keywordCharactersMax) return word.toLowerCase();
  throw new TypeError("not a Keyword");
}

function digits(version: string): string {
  if (/^[0-9]{1,9}$/.test(version)) return version;
  throw new TypeError("not a version number");
}

/** One space or one fold between two words; room is left for the space of the fold before and the `;` behind. */
function fold(words: readonly string[]): string {
  let text = "";
  let lineCharacters = 0;
  for (const word of words) {
    if (lineCharacters > 0 && lineCharacters + word.length + 3 > lineCharactersMax) {
      text += `\r\n ${word}`;
      lineCharacters = word.length;
    } else {
      text += text === "" ? word : ` ${word}`;
      lineCharacters += word.length + 1;
    }
  }
  return text;
}
