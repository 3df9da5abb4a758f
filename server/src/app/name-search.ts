import { isAtOrBelow, nameData, readName, TYPE } from "chancery/dns";
import { inParallel } from "../engine/resolver/authorities/parallel.ts";
import type { Lookup, Resolution } from "../engine/resolver/resolution.ts";
import { commonNames } from "../model/delegation/common-names.ts";
import type { ForeignRecord, SelectorSight } from "../model/delegation/selector-import.ts";

const types = [TYPE.A, TYPE.AAAA, TYPE.MX, TYPE.TXT, TYPE.CAA, TYPE.SRV];

/** Questions to one server are spaced out: with more of them in the queue the last ones run out of time, in each look the same. */
const namesAtOnce = 4;

/** What stands at a domain and at names below it that are no selectors: those that many have, and those named. */
export const lookAtNames = (origin: string, named: readonly string[], lookup: Lookup): Promise<SelectorSight[]> => {
  const names = new Set([origin, ...commonNames.map((label) => `${label}.${origin}`), ...named]);
  return inParallel([...names], (name) => sightOf(name, origin, lookup), namesAtOnce);
};

async function sightOf(name: string, origin: string, lookup: Lookup): Promise<SelectorSight> {
  const sight = { selector: "", name };
  const cut = name === origin ? undefined : await lookup.lookup(name, TYPE.NS);
  if (cut?.outcome === "unknown") return { ...sight, state: "unknown", records: [] };
  const alias = cut?.aliases.find((one) => one.name === name);
  if (alias !== undefined) {
    const data = base64(nameData(alias.target));
    return { ...sight, state: "present", records: [{ name, type: TYPE.CNAME, ttl: alias.ttl, data }] };
  }
  if (cut?.outcome === "present") {
    // A name server below the delegation needs an address beside it, which nobody can look up by itself.
    const isInside = cut.records.some(({ type, data }) => type === TYPE.NS && isAtOrBelow(readName(data), name));
    return isInside
      ? { ...sight, state: "unknown", records: [] }
      : { ...sight, state: "present", records: recordsOf(name, TYPE.NS, cut) };
  }
  const answers = await Promise.all(types.map(async (type) => [type, await lookup.lookup(name, type)] as const));
  const records = answers.flatMap(([type, answer]) =>
    answer.outcome === "present" && answer.aliases.length === 0 ? recordsOf(name, type, answer) : [],
  );
  if (answers.some(([, { outcome }]) => outcome === "unknown")) return { ...sight, state: "unknown", records: [] };
  return { ...sight, state: records.length > 0 ? "present" : "absent", records };
}

const recordsOf = (name: string, wanted: number, { records }: Resolution): ForeignRecord[] =>
  records
    .filter((record) => record.type === wanted && record.name === name)
    .map(({ ttl, data }) => ({ name, type: wanted, ttl, data: base64(data) }));

const base64 = (octets: Uint8Array): string => Buffer.from(octets).toString("base64");
