import { canonicalizeField, type CanonicalizationName } from "../canonicalize-header.ts";
import type { Pace } from "./pace.ts";

/** Fields as they are hashed (RFC 6376 §3.4.1, §3.4.2), in their order: there may be ten thousand of them. */
export async function canonicalFields(
  fields: readonly { readonly raw: string }[],
  canonicalization: CanonicalizationName,
  pace: Pace,
): Promise<string[]> {
  const canonical: string[] = [];
  for (const { raw } of fields) {
    canonical.push(canonicalizeField(raw, canonicalization));
    await pace.worked(fieldOctets + raw.length);
  }
  return canonical;
}
/** What a field costs besides its octets. */
const fieldOctets = 16;
