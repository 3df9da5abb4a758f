import { listRecordsAt, type ZoneRecord } from "../../engine/database/records.ts";
import { listDelegations, listNamesBelow } from "../../engine/database/rrsets.ts";
import type { Database } from "../../engine/database/schema.ts";
import { type Rrset, rrsetsOf } from "../../model/zone/rrset.ts";
import type { ZoneLookup } from "../../model/zone/zone-lookup.ts";

/** More than one request may change, so that some are left of those it does not. */
const namesBelowMax = 500;
/** A rule asks a few steps from the names it is asked about; a chain of includes is the longest. */
const roundsMax = 20;

/** What was read of a zone so far. */
export type ZoneAround = { records: Map<string, ZoneRecord[]> };

/**
 * Asks a pure question about a zone that is too large to be read. What it asks for and was not read is read, and the question is
 * put again, until nothing is missing.
 */
export async function overZone<T>(
  db: Database,
  { id, origin }: { id: string; origin: string },
  question: (zone: ZoneLookup, around: ZoneAround) => T,
): Promise<T> {
  const records = new Map<string, ZoneRecord[]>();
  const sets = new Map<string, Rrset[]>();
  const below = new Map<string, string[]>();
  let delegations: Rrset[] | undefined;
  for (let round = 0; round < roundsMax; round++) {
    const missing = { names: new Set<string>(), below: new Set<string>(), delegations: false };
    const lookup: ZoneLookup = {
      origin,
      at: (name) => sets.get(name) ?? (missing.names.add(name), []),
      namesBelow: (name) => below.get(name) ?? (missing.below.add(name), []),
      delegations: () => delegations ?? ((missing.delegations = true), []),
    };
    const answer = question(lookup, { records });
    if (missing.names.size === 0 && missing.below.size === 0 && !missing.delegations) return answer;
    for (const name of missing.names) {
      const there = await listRecordsAt(db, id, name);
      records.set(name, there);
      sets.set(name, rrsetsOf(there));
    }
    for (const name of missing.below) below.set(name, await listNamesBelow(db, id, name, namesBelowMax));
    if (missing.delegations) delegations = rrsetsOf(await listDelegations(db, id));
  }
  throw new Error(`a question about ${origin} found no end`);
}
