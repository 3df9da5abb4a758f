/** What a parser of untrusted bytes answers: a value, or what is wrong and at which octet. Parsers never throw. */
export type Parsed<T> = { ok: true; value: T } | { ok: false; problem: string; offset: number };

export const parsed = <T>(value: T): Parsed<T> => ({ ok: true, value });
export const unparsed = (problem: string, offset: number): { ok: false; problem: string; offset: number } => ({
  ok: false,
  problem,
  offset,
});
