import type { FindingCode } from "../audit/finding-codes.ts";

/**
 * Findings that one look proves, because what is wrong was seen standing there: no lost packet, slow server or old cache
 * makes a record up. All others follow from something that was missing or differed, and wait for a second look.
 */
const proven: ReadonlySet<string> = new Set<FindingCode>([
  "AliasChainTooLong",
  "AliasLoop",
  "ChainChanged",
  "CnameMismatch",
  "ConflictingRecords",
  "Flattened",
  "KeyChanged",
  "KeyMalformed",
  "KeyMismatch",
  "KeyRevoked",
  "KeyTesting",
  "KeyUnusable",
  "KeyWeak",
  "MultipleKeyRecords",
  "PrivateKeyPublished",
  "SelectorReused",
]);

export const isProvenAtOnce = (code: string): boolean => proven.has(code);
