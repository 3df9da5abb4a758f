/**
 * What an Authentication-Results field says (RFC 8601 §2.2), with null where the field says nothing, as JSON has it. Keywords
 * are in lower case, because they compare without case; everything else is as written.
 */
export type AuthenticationResults = {
  /** Who checked. Compare it without case, and believe nothing before it is on a list of trusted ones (RFC 8601 §7.1). */
  authservId: string;
  /** Digits. Null means 1, the only version there is. */
  version: string | null;
  /** In the order of the field. Empty: nothing was checked (`none`), or nothing in a version that is known. */
  results: MethodResult[];
};

/** One `resinfo`: a method that was applied, and what it came to. */
export type MethodResult = {
  method: string;
  /** Digits. Null means 1, the only version there is. */
  version: string | null;
  result: string;
  /** For people; it decides nothing. */
  reason: string | null;
  properties: Property[];
};

/** What was checked, for example `header.d=example.com`. The local part of an address may be in quotes. */
export type Property = { ptype: string; property: string; value: string };

/** Longer fields are not read. Real ones have a few hundred characters, those of lists with many signatures a few thousand. */
export const fieldCharactersMax = 65_536;
export const authservIdCharactersMax = 255;
export const keywordCharactersMax = 64;
export const resultsMax = 500;
export const propertiesMax = 200;

/** A string in quotes (RFC 5322 §3.2.4), without folds. Control characters do not belong in it. */
export const quoted = (text: string): string => `"${text.replace(/["\\]/g, "\\$&")}"`;
