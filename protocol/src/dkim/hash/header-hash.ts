import type { HeaderField } from "../../mail/header.ts";
import { canonicalizeField, canonicalizeSplitField, type CanonicalizationName } from "./canonicalize-header.ts";

/** The header fields of a message by lower-case name, each list in message order. */
export type FieldIndex = ReadonlyMap<string, readonly HeaderField[]>;

export function indexFields(header: readonly HeaderField[]): FieldIndex {
  const index = new Map<string, HeaderField[]>();
  for (const field of header) {
    const same = index.get(field.lowerName);
    if (same === undefined) index.set(field.lowerName, [field]);
    else same.push(field);
  }
  return index;
}

/** Whoever hashes a header over this, each time for milliseconds, lets others have their turn before. */
export const largeHeaderOctets = 128 * 1024;

export const headerOctetsOf = (header: readonly HeaderField[]): number =>
  header.reduce((octets, { raw }) => octets + raw.length, 0);

/**
 * The octets that a signature signs (RFC 6376 §3.7), as octet text: the fields that it names, then the DKIM-Signature field
 * itself, `b=` emptied, without its CRLF.
 * @param signedFields the names of `h=`, lower case, in order
 * @param itself the field being verified: `h=` cannot choose it (§3.5); undefined when signing
 * @param unsigned the DKIM-Signature field with the value of `b=` taken out
 */
export const headerHashInput = (
  index: FieldIndex,
  signedFields: readonly string[],
  canonicalization: CanonicalizationName,
  itself: HeaderField | undefined,
  unsigned: string,
): string => withItself(canonicalizeSigned(index, signedFields, canonicalization, itself), canonicalization, unsigned);

/** As `headerHashInput`, where the fields are canonicalized already. */
export const withItself = (signed: string, canonicalization: CanonicalizationName, unsigned: string): string =>
  signed + canonicalizeField(unsigned, canonicalization).slice(0, -2);

/**
 * The fields that a signature names, canonicalized: for each name of `h=` the last field of that name that is not used yet,
 * nothing when none is left (RFC 6376 §5.4.2). Parameters as for `headerHashInput`.
 */
export function canonicalizeSigned(
  index: FieldIndex,
  signedFields: readonly string[],
  canonicalization: CanonicalizationName,
  itself: HeaderField | undefined,
): string {
  const left = new Map<string, number>();
  let input = "";
  for (const name of signedFields) {
    const fields = index.get(name);
    if (fields === undefined) continue;
    let at = (left.get(name) ?? fields.length) - 1;
    if (at >= 0 && fields[at] === itself) at--;
    left.set(name, Math.max(at, 0));
    const field = at >= 0 ? fields[at] : undefined;
    if (field !== undefined) input += canonicalizeSplitField(field, canonicalization);
  }
  return input;
}

/** Names from `watched` (lower case) of which the message has more fields than the signature covers (RFC 6376 §8.15). */
export function uncoveredFields(
  index: FieldIndex,
  signedFields: readonly string[],
  watched: readonly string[],
): string[] {
  return watched.filter((name) => {
    let uncovered = index.get(name)?.length ?? 0;
    for (let at = 0; uncovered > 0 && at < signedFields.length; at++) if (signedFields[at] === name) uncovered--;
    return uncovered > 0;
  });
}
