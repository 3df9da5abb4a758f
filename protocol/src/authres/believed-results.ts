import { fieldValue, type HeaderField } from "../mail/header.ts";
import { decodeUtf8 } from "../mail/octets.ts";
import type { MethodResult } from "./authentication-results.ts";
import { fieldsOfOurs, type Origin } from "./origin.ts";
import { parse } from "./parse.ts";
import { registered } from "./registered.ts";
import { comparable, listOf } from "./strip-forged.ts";

/**
 * The results that a reader of a message may believe (RFC 8601 §1.6, §7.1): those of fields by an authserv-id on the list of
 * trusted ones, above the first Received field that is not of ours; of them what is registered. From the top. It rests on the
 * border having removed what was forged (`stripForged`): the place alone does not tell an intruder's field right below the
 * border's own Received.
 */
export function believedResults(
  header: readonly HeaderField[],
  trustedIds: string | readonly string[],
  origin: Origin,
): MethodResult[] {
  const trusted = listOf(trustedIds).map(comparable);
  return header.slice(0, fieldsOfOurs(header, origin)).flatMap((field) => {
    if (field.lowerName !== "authentication-results") return [];
    const value = fieldValue(field);
    const results = parse(decodeUtf8(value) ?? value);
    return results !== undefined && trusted.includes(comparable(results.authservId)) ? registered(results.results) : [];
  });
}
