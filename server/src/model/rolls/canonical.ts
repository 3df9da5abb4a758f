/** A value as JSON has it. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** Nothing of ours is nested deeper. */
const depthMax = 20;

/**
 * The one spelling of a JSON value, as RFC 8785 has it: members in the order of their names (by UTF-16 code units), no
 * white space. Undefined: nested too deeply.
 */
export function canonicalJson(value: Json, depth = depthMax): string | undefined {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (depth === 0) return undefined;
  const parts: string[] = [];
  const isList = Array.isArray(value);
  const members: [string, Json][] = isList
    ? value.map((item: Json) => ["", item])
    : Object.entries(value as Record<string, Json>).toSorted(([a], [b]) => (a < b ? -1 : 1));
  for (const [name, item] of members) {
    const written = canonicalJson(item, depth - 1);
    if (written === undefined) return undefined;
    parts.push(isList ? written : `${JSON.stringify(name)}:${written}`);
  }
  return isList ? `[${parts.join(",")}]` : `{${parts.join(",")}}`;
}

/** Reads a value in its one spelling; undefined for any other text. */
export function readCanonical(text: string): Json | undefined {
  try {
    const value = JSON.parse(text) as Json;
    return canonicalJson(value) === text ? value : undefined;
  } catch {
    return undefined;
  }
}
