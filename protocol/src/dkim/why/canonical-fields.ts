import { canonicalizeField, collapseSpace, type CanonicalizationName } from "../hash/canonicalize-header.ts";
import { GrowingText, pieceOctets, type Pace } from "./pace.ts";

type RawField = { readonly raw: string };

/** Fields as they are hashed (RFC 6376 §3.4.1, §3.4.2), in their order: there may be ten thousand of them. */
export async function canonicalFields(
  fields: readonly RawField[],
  canonicalization: CanonicalizationName,
  pace: Pace,
): Promise<string[]> {
  const canonical: string[] = [];
  for (const field of fields) canonical.push(await canonicalField(field, canonicalization, pace));
  return canonical;
}

/** One field as it is hashed: it may be of two mebibytes. */
export async function canonicalField(
  { raw }: RawField,
  canonicalization: CanonicalizationName,
  pace: Pace,
): Promise<string> {
  await pace.worked(fieldOctets + raw.length);
  if (canonicalization === "simple" || raw.length <= pieceOctets) return canonicalizeField(raw, canonicalization);
  const collapsed = new GrowingText();
  for (let start = 0; start < raw.length;) {
    let end = Math.min(start + pieceOctets, raw.length);
    // No run of white space and folds is cut in two.
    while (end < raw.length && /[ \t\r\n]/.test(raw[end - 1]!)) end++;
    collapsed.push(collapseSpace(raw.slice(start, end)));
    await pace.worked(end - start);
    start = end;
  }
  return canonicalizeField(collapsed.text(), canonicalization);
}

/** What a field costs besides its octets. */
const fieldOctets = 16;
