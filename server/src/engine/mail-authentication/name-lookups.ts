import { parseName, rdataText, readMx, readName, readTxt, TYPE, type ResourceRecord } from "chancery/dns";
import type { Lookup } from "../resolver/resolution.ts";
import { lookupError } from "../resolver/resolve-txt.ts";

/** How one evaluation may ask the DNS. */
export type LookupBudget = {
  queriesMax: number;
  /** Longer texts are dropped: nothing that is looked for is that long. */
  textOctetsMax: number;
  signal: AbortSignal;
};

/** Asks as `resolve` of `node:dns/promises` does: answers and error codes have its shapes. */
export type Resolve = (name: string, type: string) => Promise<unknown[]>;

/**
 * What a message's evaluation asks the DNS through: Chancery's own resolver, up to a budget. `exceeded` says afterwards whether
 * more was asked for than it has, or a text was too long: the verdict then rests on half of the facts.
 */
export function budgetedResolve(lookup: Lookup, budget: LookupBudget): { resolve: Resolve; exceeded: () => boolean } {
  let queries = 0;
  let tooLong = false;
  const resolve: Resolve = async (written, typeText) => {
    const type = readers.has(typeText) ? TYPE[typeText as "TXT"] : undefined;
    const name = parseName(presentationOf(written));
    if (type === undefined || !name.ok || ++queries > budget.queriesMax) throw lookupError("ENOTFOUND", written);
    const resolution = await lookup.lookup(name.value, type, budget.signal);
    if (resolution.outcome !== "present") throw lookupError(resolution, written);
    const records = resolution.records.filter(({ data }) => type !== TYPE.TXT || data.length <= budget.textOctetsMax);
    tooLong ||= records.length < resolution.records.length;
    return records.map(readers.get(typeText)!);
  };
  return { resolve, exceeded: () => tooLong || queries > budget.queriesMax };
}

const readers: ReadonlyMap<string, (record: ResourceRecord) => unknown> = new Map<
  string,
  (record: ResourceRecord) => unknown
>([
  ["TXT", ({ data }) => readTxt(data)],
  ["A", ({ data }) => rdataText(TYPE.A, data)],
  ["AAAA", ({ data }) => rdataText(TYPE.AAAA, data)],
  ["PTR", ({ data }) => octetsOfName(readName(data))],
  [
    "MX",
    ({ data }) => {
      const { preference, exchange } = readMx(data);
      return { priority: preference, exchange: octetsOfName(exchange) };
    },
  ],
]);

/** A name whose characters stand for themselves, as macros make it, in the text form of the DNS. */
const presentationOf = (name: string): string =>
  name.replace(/[\0-,/:-@[-^`{-\xff]/g, (octet) => `\\${String(octet.charCodeAt(0)).padStart(3, "0")}`);

/** The other way. */
const octetsOfName = (name: string): string =>
  name.replace(/\\([0-9]{3}|.)/g, (_escape, octet: string) =>
    octet.length === 1 ? octet : String.fromCharCode(Number(octet)),
  );
