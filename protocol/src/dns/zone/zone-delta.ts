import { carryDenialOrder } from "./denial-order.ts";
import { parsed, unparsed, type Parsed } from "../../parsed.ts";
import { TYPE, typeName, type ResourceRecord } from "../record/record.ts";
import { servedTtl } from "./zone-builder.ts";
import type { ZoneContent } from "./zone-content.ts";
import { nameText, ZoneDraft } from "./zone-draft.ts";
import { rdataProblem } from "./zone-entry.ts";
import { sameOctets } from "./zone-key.ts";
import { LookupName } from "../name/lookup-name.ts";
import { countOf, entryAt, entryEnd, hashAt, nameAt, placeOf, readSets, setsAt, type RecordSet } from "./zone-page.ts";
import { readName, recordsOf, zoneOf, type Zone } from "./zone.ts";

/**
 * What leads from one version of a zone to a later one, as IXFR tells it (RFC 1995 §4): the records that go, the old SOA first, and the
 * records that come, the new SOA first. A record whose TTL changes goes and comes.
 */
export type ZoneDelta = {
  readonly fromSerial: number;
  readonly toSerial: number;
  readonly removed: readonly ResourceRecord[];
  readonly added: readonly ResourceRecord[];
};

/**
 * The zone after a change; the one before stays as it is. A delta that does not fit is a problem: made for another serial, with a record to
 * remove that is not there, or one to add that is there already. The rules of `buildZone` hold for the result. The offset is without meaning.
 */
export function changeZone(zone: Zone, delta: ZoneDelta): Parsed<Zone> {
  if (delta.fromSerial !== zone.serial)
    return unparsed(`the change is for serial ${delta.fromSerial}, and the zone has ${zone.serial}`, 0);
  const draft = new ZoneDraft(zone.content);
  const owner = new LookupName();
  for (const [name, change] of changesByOwner(delta)) {
    const problem = readName(owner, name) ?? draft.edit(owner, (sets) => changedSets(sets, change));
    if (problem !== undefined) return unparsed(`${name}: ${problem}`, 0);
  }
  const content = draft.finish();
  if (!content.ok) return content;
  const changed = zoneOf(content.value, []);
  carryDenialOrder(zone.content, content.value, delta);
  return changed.serial === delta.toSerial
    ? parsed({ ...zone, ...changed })
    : unparsed(`the change leads to serial ${changed.serial} instead of ${delta.toSerial}`, 0);
}

type OwnerChange = { removed: ResourceRecord[]; added: ResourceRecord[] };

function changesByOwner(delta: ZoneDelta): Map<string, OwnerChange> {
  const owners = new Map<string, OwnerChange>();
  for (const kind of ["removed", "added"] as const) {
    for (const record of delta[kind]) {
      const change = owners.get(record.name);
      if (change) change[kind].push(record);
      else owners.set(record.name, { removed: [], added: [], [kind]: [record] });
    }
  }
  return owners;
}

/** The RRsets of one owner after its change, ordered by type, or a problem. The TTL of an RRset is the lowest of its records'. */
function changedSets(before: readonly RecordSet[], { removed, added }: OwnerChange): RecordSet[] | string {
  const sets = new Map(before.map((set) => [set.type, { ...set, data: [...set.data] }]));
  for (const { type, data } of removed) {
    const set = sets.get(type);
    const at = set ? set.data.findIndex((rdata) => sameOctets(rdata, data)) : -1;
    if (!set || at < 0) return `${typeName(type)} to be removed and not there`;
    set.data.splice(at, 1);
    if (set.data.length === 0) sets.delete(type);
  }
  for (const { type, ttl, data } of added) {
    const problem = rdataProblem(type, data);
    if (problem !== undefined) return problem;
    const set = sets.get(type) ?? { type, ttl: servedTtl(ttl), data: [] };
    if (set.data.some((rdata) => sameOctets(rdata, data))) return `${typeName(type)} to be added and there already`;
    set.ttl = Math.min(set.ttl, servedTtl(ttl));
    set.data.push(data);
    sets.set(type, set);
  }
  return [...sets.values()].sort((one, other) => one.type - other.type);
}

/** The change from one version of a zone to another. Parts that both share cost nothing. */
export function diffZones(before: Zone, after: Zone): ZoneDelta {
  return {
    fromSerial: before.serial,
    toSerial: after.serial,
    removed: soaFirst(recordsOnlyIn(before, after)),
    added: soaFirst(recordsOnlyIn(after, before)),
  };
}

/** The SOA, then the others by name. Sorting is stable, so the records of one owner stay as they are. */
function soaFirst(records: ResourceRecord[]): ResourceRecord[] {
  const rank = ({ type }: ResourceRecord): number => Number(type !== TYPE.SOA);
  const byName = (one: string, other: string): number => (one < other ? -1 : Number(one > other));
  return records.sort((one, other) => rank(one) - rank(other) || byName(one.name, other.name));
}

function recordsOnlyIn(zone: Zone, other: Zone): ResourceRecord[] {
  const { content } = zone;
  const shared = new Set(other.content.pages());
  const areComparable = content.templates.every(
    (template, at) => (other.content.templates[at] ?? template) === template,
  );
  const records: ResourceRecord[] = [];
  for (const page of content.pages()) {
    if (shared.has(page)) continue;
    for (let place = 0; place < countOf(page); place++) {
      const entry = entryAt(page, place);
      const node = other.content.findOctets(hashAt(page, place), page, entry + 1, page[entry]!);
      if (areComparable && node >= 0 && sameSets(page, place, other.content, node)) continue;
      const others = node < 0 ? [] : other.content.sets(node);
      const name = nameText(nameAt(page, entry), content.origin);
      for (const set of readSets(page, entry, content.templates))
        records.push(...recordsOf(name, [without(set, others)]));
    }
  }
  return records;
}

/** Whether two names have the same octets for their RRsets. */
function sameSets(page: Uint8Array, place: number, other: ZoneContent, node: number): boolean {
  const theirs = other.page(node);
  const [from, theirFrom] = [setsAt(page, entryAt(page, place)), setsAt(theirs, other.entry(node))];
  const [end, theirEnd] = [entryEnd(page, place), entryEnd(theirs, placeOf(node))];
  return (
    end - from === theirEnd - theirFrom &&
    Buffer.compare(page.subarray(from, end), theirs.subarray(theirFrom, theirEnd)) === 0
  );
}

/** The records of a set that none of these sets has with the same TTL. */
function without(set: RecordSet, others: readonly RecordSet[]): RecordSet {
  const other = others.find(({ type, ttl }) => type === set.type && (ttl === set.ttl || type === TYPE.RRSIG));
  return other
    ? { ...set, data: set.data.filter((rdata) => !other.data.some((same) => sameOctets(same, rdata))) }
    : set;
}
