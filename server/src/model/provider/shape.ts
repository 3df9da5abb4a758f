import type { Parsed } from "chancery/dns";

/*
 * Readers of JSON values, put together from smaller ones. `at` says where the value stands ("targets[2].pattern") and begins
 * the problem; lists and texts have limits; members that no reader asks for are refused, for a slip in an optional one would
 * otherwise go unseen.
 */
export type Read<T> = (value: unknown, at: string) => Parsed<T>;
type ReadBy<R> = R extends Read<infer T> ? T : never;

export const shaped = <T>(value: T): Parsed<T> => ({ ok: true, value });
export const misshapen = (at: string, problem: string): { ok: false; problem: string; offset: number } => ({
  ok: false,
  problem: at === "" ? problem : `${at}: ${problem}`,
  offset: 0,
});

/** A text that is not empty. */
export const text =
  (lengthMax: number): Read<string> =>
  (value, at) => {
    if (typeof value !== "string" || value === "") return misshapen(at, "has to be a text");
    return value.length > lengthMax ? misshapen(at, `longer than ${lengthMax} characters`) : shaped(value);
  };

export const oneOf =
  <const T extends string>(words: readonly T[]): Read<T> =>
  (value, at) => {
    const word = words.find((one) => one === value);
    return word === undefined ? misshapen(at, `has to be one of ${words.join(", ")}`) : shaped(word);
  };

export const flag: Read<boolean> = (value, at) =>
  typeof value === "boolean" ? shaped(value) : misshapen(at, "has to be true or false");

/** A list; absent means empty. */
export const listOf =
  <T>(item: Read<T>, itemsMax: number): Read<T[]> =>
  (value, at) => {
    if (value === undefined) return shaped([]);
    if (!Array.isArray(value)) return misshapen(at, "has to be a list");
    if (value.length > itemsMax) return misshapen(at, `more than ${itemsMax} entries`);
    const items: T[] = [];
    for (const [index, one] of value.entries()) {
      const read = item(one, `${at}[${index}]`);
      if (!read.ok) return read;
      items.push(read.value);
    }
    return shaped(items);
  };

export const orAbsent =
  <T>(read: Read<T>): Read<T | undefined> =>
  (value, at) =>
    value === undefined ? shaped(undefined) : read(value, at);

/** An object with just these members. */
export const membersOf =
  <T extends Record<string, Read<unknown>>>(readers: T): Read<{ [K in keyof T]: ReadBy<T[K]> }> =>
  (value, at) => {
    if (typeof value !== "object" || value === null || Array.isArray(value))
      return misshapen(at, "has to be an object");
    const stranger = Object.keys(value).find((name) => !Object.hasOwn(readers, name));
    if (stranger !== undefined) return misshapen(at, `knows no member ${stranger.slice(0, 40)}`);
    const members: Record<string, unknown> = {};
    for (const [name, reader] of Object.entries(readers)) {
      const member = Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
      const read = reader(member, at === "" ? name : `${at}.${name}`);
      if (!read.ok) return read;
      members[name] = read.value;
    }
    return shaped(members as { [K in keyof T]: ReadBy<T[K]> });
  };
