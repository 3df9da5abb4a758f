import { headerField, type HeaderField } from "../mail/header.ts";
import { octetText } from "../mail/octets.ts";
import type { AuthenticationResults } from "./authentication-results.ts";
import { format } from "./format.ts";
import type { Origin } from "./origin.ts";
import { stripForged } from "./strip-forged.ts";

/**
 * The header with our results on top, above all that they are about and above our own trace fields (RFC 8601 §4, §4.1), and
 * without the fields that falsely claim to be ours. `aliases` are other authserv-ids of ours. Throws as `format` does.
 */
export function addResults(
  header: readonly HeaderField[],
  results: AuthenticationResults,
  origin: Origin,
  aliases: readonly string[] = [],
): HeaderField[] {
  const forged = new Set(stripForged(header, [results.authservId, ...aliases], origin));
  const field = headerField(octetText(new TextEncoder().encode(format(results))));
  return [field, ...header.filter((_field, at) => !forged.has(at))];
}
