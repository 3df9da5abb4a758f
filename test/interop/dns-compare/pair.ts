import {
  answer,
  formatMessage,
  parentName,
  TYPE,
  zoneRecords,
  zoneSet,
  type Message,
  type ZoneSet,
} from "chancery/dns";
import type { Asked } from "./generate-queries.ts";
import { outcomeOf, recordText, type Outcome } from "./outcome.ts";

/** The zones that all servers have: together, and by their origin in small letters. */
export type ComparedZones = { all: ZoneSet; byOrigin: ReadonlyMap<string, ZoneSet["zones"][number]> };

/** A question that two servers were asked, and what ours says to it and to others. */
export type Pair = {
  name: string;
  type: number;
  /** CD in the query. */
  checkingDisabled: boolean;
  /** The closest zone at or above a name; undefined outside of all. */
  zoneOf(name: string): string | undefined;
  /** The address records that its zone has for a name, hidden ones as well, and those that a wildcard gives it. */
  addressesOf(name: string): string[];
  /** Our answer, in full, as over TCP, to the same or another question with the same flags; from one zone alone if it is named. */
  ask(change: { name?: string; type?: number; anyOverTcp?: "all"; zone?: string }): Outcome;
};

export function pairOf({ query }: Asked, zones: ComparedZones): Pair {
  const [{ name, type }] = query.questions as [Message["questions"][number]]; // each query has one
  const zoneOf: Pair["zoneOf"] = (name) => {
    let rest: string | undefined = name.toLowerCase();
    while (rest !== undefined && !zones.byOrigin.has(rest)) rest = parentName(rest);
    return rest;
  };
  const ask: Pair["ask"] = (change) => {
    const { anyOverTcp = "one-rrset", zone } = change;
    const question = { name: change.name ?? name, type: change.type ?? type, class: 1 };
    const alone = zone === undefined ? undefined : zones.byOrigin.get(zone);
    const served = alone ? zoneSet([alone]) : zones.all;
    const octets = answer(served, formatMessage({ ...query, questions: [question] }), "tcp", { anyOverTcp });
    return { ...outcomeOf(octets ?? new Uint8Array(0)), question: `${name} ${type} 1` };
  };
  const addressesOf: Pair["addressesOf"] = (name) => {
    const zone = zones.byOrigin.get(zoneOf(name) ?? "");
    const types: readonly number[] = [TYPE.A, TYPE.AAAA];
    const own = [...(zone ? zoneRecords(zone) : [])].filter((one) => one.name === name && types.includes(one.type));
    return own.length > 0 ? own.map(recordText) : types.flatMap((type) => ask({ name, type }).answer);
  };
  return { name, type, checkingDisabled: query.checkingDisabled, zoneOf, ask, addressesOf };
}
