import { denialOrder } from "./denial-order.ts";
import { nameToWire } from "../name/name.ts";
import { TYPE } from "../record/record.ts";
import { LookupName } from "../name/lookup-name.ts";
import { NameTable } from "./name-table.ts";
import type { Zone } from "./zone.ts";

/** The zones that one server answers for. Never changes. */
export type ZoneSet = {
  readonly origins: NameTable;
  /** By number of origin; undefined for a zone that is ours and cannot be served now. */
  readonly zones: readonly (Zone | undefined)[];
  /** Which numbers of labels origins have, so that a search skips the others. */
  readonly depths: Uint8Array;
};

/**
 * `notReady` names the zones that should be served and are not loaded, or have expired: they answer SERVFAIL where a zone of no concern
 * is REFUSED. Of two zones with one origin the later one counts.
 */
export function zoneSet(zones: Iterable<Zone>, notReady: Iterable<string> = []): ZoneSet {
  const origins = new NameTable();
  const served: (Zone | undefined)[] = [];
  const depths = new Uint8Array(128);
  const name = new LookupName();
  const place = (origin: string, zone: Zone | undefined): void => {
    name.read(nameToWire(origin), 0);
    depths[name.labels] = 1;
    const known = origins.find(name, 0);
    served[known < 0 ? origins.add(name, 0) : known] = zone;
  };
  for (const origin of notReady) place(origin, undefined);
  for (const zone of zones) place(zone.origin, withDenialOrder(zone));
  origins.trim();
  return { origins, zones: served, depths };
}

/** What denies what is not there is put in order now, and not while somebody waits for an answer. */
function withDenialOrder(zone: Zone): Zone {
  if (zone.content.denialType !== undefined) denialOrder(zone.content);
  return zone;
}

/** The set with later versions of zones that it has already, at the cost of a list; undefined when one is new. */
export function withVersions(set: ZoneSet, versions: Iterable<Zone>): ZoneSet | undefined {
  const zones = [...set.zones];
  const name = new LookupName();
  for (const zone of versions) {
    name.read(nameToWire(zone.origin), 0);
    const known = set.origins.find(name, 0);
    if (known < 0) return undefined;
    zones[known] = withDenialOrder(zone);
  }
  return { ...set, zones };
}

/** The number of the closest zone at or above `name` without its first `label` labels, or -1 (RFC 1034 §4.3.2 step 2). */
function findZone(set: ZoneSet, name: LookupName, label: number): number {
  for (; label <= name.labels; label++) {
    if (set.depths[name.labels - label] === 0) continue;
    const zone = set.origins.find(name, label);
    if (zone >= 0) return zone;
  }
  return -1;
}

/**
 * The number of the zone that answers a question, or -1: the closest at or above the name. The DS RRset of an apex belongs to the zone above
 * it (RFC 4035 §3.1.4.1), if we have that one.
 */
export function zoneOfQuestion(set: ZoneSet, name: LookupName, type: number): number {
  const zone = findZone(set, name, 0);
  if (type !== TYPE.DS || zone < 0 || name.labels === 0 || set.origins.find(name, 0) !== zone) return zone;
  const parent = findZone(set, name, 1);
  return parent < 0 ? zone : parent;
}

/** The zone of exactly this origin (canonical); "not-ready" if it is ours and cannot be served now; undefined if it is not ours. */
export function zoneOfOrigin(set: ZoneSet, origin: string): Zone | "not-ready" | undefined {
  const name = new LookupName();
  name.read(nameToWire(origin), 0);
  const number = set.origins.find(name, 0);
  return number < 0 ? undefined : (set.zones[number] ?? "not-ready");
}
