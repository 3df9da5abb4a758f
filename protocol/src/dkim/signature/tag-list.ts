import { trimFws } from "../../mail/octets.ts";
import { parsed, unparsed, type Parsed } from "../../parsed.ts";

/** One `name=value` of a tag-list; `start` to `end` is the value with the white space around it, as offsets in the list. */
export type Tag = { value: string; start: number; end: number };

export type TagList = ReadonlyMap<string, Tag>;

/** Far above what real lists carry (a signature has about 12 tags). */
const tagsMax = 200;

/**
 * Parses a tag-list (RFC 6376 §3.2): `name=value` separated by `;`, one `;` may stand at the end. Names are case-sensitive, a
 * name that comes twice makes the whole list invalid. White space inside a value is kept, around it is not. Octets beyond
 * ASCII are let through for the tags that may hold UTF-8 (RFC 8616 §5); each tag's own parser refuses them elsewhere.
 */
export function parseTagList(text: string): Parsed<TagList> {
  const stray = isText.test(text) ? undefined : findStray(text);
  if (stray !== undefined) return stray;
  const tags = new Map<string, Tag>();
  let start = 0;
  while (start < text.length) {
    const semicolon = text.indexOf(";", start);
    const end = semicolon < 0 ? text.length : semicolon;
    const equals = text.indexOf("=", start);
    if (equals < 0 || equals > end) {
      if (semicolon < 0 && tags.size > 0 && trimFws(text.slice(start)) === "") break;
      return unparsed("tag without =", start);
    }
    const name = trimFws(text.slice(start, equals));
    if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(name)) return unparsed("not a tag name", start);
    if (tags.has(name)) return unparsed(`tag ${name}= twice`, start);
    if (tags.size === tagsMax) return unparsed("too many tags", start);
    tags.set(name, { value: trimFws(text.slice(equals + 1, end)), start: equals + 1, end });
    start = end + 1;
  }
  return tags.size === 0 ? unparsed("empty tag-list", 0) : parsed(tags);
}

/** No controls but tabs, and line ends that are folds. */
const isText = /^[^\0-\x08\x0a-\x1f\x7f]*(?:\r\n[ \t][^\0-\x08\x0a-\x1f\x7f]*)*$/;

/** The first octet that makes `isText` fail. */
function findStray(text: string): { ok: false; problem: string; offset: number } | undefined {
  const control = text.search(/[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/);
  if (control >= 0) return unparsed("control character in a tag-list", control);
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x0a) return unparsed("line feed that ends no line", at);
    if (code !== 0x0d) continue;
    const after = text.charCodeAt(at + 2);
    if (text.charCodeAt(at + 1) !== 0x0a || (after !== 0x20 && after !== 0x09))
      return unparsed("line end that is no fold", at);
    at += 2;
  }
  return undefined;
}

/** A value that is a list (`h=`, `q=`, `t=`, `s=`): its items, white space around them dropped. */
export const colonList = (value: string): string[] => value.split(":").map(trimFws);
