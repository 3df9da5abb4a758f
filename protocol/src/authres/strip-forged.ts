import { parseDomain } from "../mail/domain.ts";
import { fieldValue, type HeaderField } from "../mail/header.ts";
import { asciiLowerCase, decodeUtf8 } from "../mail/octets.ts";
import { fieldsOfOurs, type Origin } from "./origin.ts";
import { parse } from "./parse.ts";

/**
 * Which fields to remove from a message (RFC 8601 §5): each Authentication-Results field that claims to be by one of our
 * authserv-ids and was not written by a trusted host of ours. Gives their places in `header`, counted from 0, the last first,
 * so that removing one does not move the next. `origin` absent: the message comes from outside, and none of it is ours.
 *
 * Ids compare without comments, quotes and case, a final dot or not, U-labels as A-labels. A field that `parse` does not
 * take is removed when it names us anywhere, for what a more lenient reader finds in it cannot be told (§7.8).
 */
export function stripForged(
  header: readonly HeaderField[],
  authservIds: string | readonly string[],
  origin: Origin = "outside",
): number[] {
  const ours = listOf(authservIds).flatMap((id) => [comparable(id), squeezed(id)]);
  const forged: number[] = [];
  const fromOurs = fieldsOfOurs(header, origin);
  for (const [at, field] of header.entries())
    if (at >= fromOurs && field.lowerName === "authentication-results" && claimsToBeOurs(fieldValue(field), ours))
      forged.push(at);
  return forged.reverse();
}

function claimsToBeOurs(value: string, ours: readonly string[]): boolean {
  const text = decodeUtf8(value) ?? value;
  const results = parse(text);
  if (results !== undefined) return ours.includes(comparable(results.authservId));
  const readings = [squeezed(text), squeezed(withoutComments(text))];
  return ours.some((id) => readings.some((reading) => reading.includes(id)));
}

export const listOf = (ids: string | readonly string[]): readonly string[] => (typeof ids === "string" ? [ids] : ids);

/** An authserv-id in the one form that is compared. Most are domain names, but they need not be (RFC 8601 §2.5). */
export function comparable(id: string): string {
  const text = squeezed(id).replace(/\.$/, "");
  const domain = parseDomain(text);
  return domain.ok ? domain.value : text;
}

/** In lower case, without white space, controls, quotes and escapes. */
const squeezed = (text: string): string => asciiLowerCase(text.replace(/[\0-\x20\x7f"\\]+/g, ""));

/** What stands outside of comments; a comment that does not end hides the rest. */
function withoutComments(text: string): string {
  let outside = "";
  let from = 0;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === "\\") at++;
    else if (character === "(" && depth++ === 0) outside += text.slice(from, at);
    else if (character === ")" && depth > 0 && --depth === 0) from = at + 1;
  }
  return depth === 0 ? outside + text.slice(from) : outside;
}
