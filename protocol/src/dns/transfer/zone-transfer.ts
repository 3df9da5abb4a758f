import { nameToWire } from "../name.ts";
import { CLASS, TYPE, type ResourceRecord } from "../record.ts";
import { findSet } from "../zone-content.ts";
import type { ZoneDelta } from "../zone-delta.ts";
import { isSerialAfter } from "../zone-serial.ts";
import type { Zone } from "../zone.ts";
import { TransferWriter, type TransferHead } from "./transfer-writer.ts";

/** Type, class, TTL and length of a record. */
const fixedOctets = 10;

/**
 * The messages of AXFR (RFC 5936 §2.2), made one by one as they are pulled: the SOA, every other record once, glue and occluded ones too, and the
 * SOA again. A zone never changes, so all messages are of one version however slowly they are taken.
 */
export function* zoneTransfer(zone: Zone, head: TransferHead): Generator<Uint8Array, void> {
  const { names, firstSet, setAt, octets } = zone.content;
  const soaSet = findSet(zone.content, 0, TYPE.SOA);
  const soaAt = setAt[soaSet]!;
  const soaEnd = setAt[soaSet + 1]!;
  const owners = names.octets;
  const writer = new TransferWriter(head);
  addFirst(writer, owners, 0, octets, soaAt, soaEnd);
  for (let node = 0; node < names.count; node++) {
    const owner = names.start(node);
    const end = setAt[firstSet[node + 1]!]!;
    for (let at = setAt[firstSet[node]!]!; at < end;) {
      const next = at + fixedOctets + ((octets[at + 8]! << 8) | octets[at + 9]!);
      if (at !== soaAt && !writer.add(owners, owner, octets, at, next)) {
        yield writer.take();
        addFirst(writer, owners, owner, octets, at, next);
      }
      at = next;
    }
  }
  if (!writer.add(owners, 0, octets, soaAt, soaEnd)) {
    yield writer.take();
    addFirst(writer, owners, 0, octets, soaAt, soaEnd);
  }
  yield writer.take();
}

/** A transfer without that record would be another zone: it ends here, without its last SOA, and no secondary takes it. */
function addFirst(writer: TransferWriter, ...record: Parameters<TransferWriter["add"]>): void {
  if (!writer.add(...record)) throw new RangeError("a record that no message can hold");
}

/**
 * The messages of IXFR (RFC 1995 §4): the new SOA; of each change the old SOA, what goes, the SOA after it, what comes; and the new SOA. No deltas: the
 * SOA alone, which tells a client that it is up to date, or to come again over TCP.
 */
export function* incrementalTransfer(
  zone: Zone,
  deltas: readonly ZoneDelta[],
  head: TransferHead,
): Generator<Uint8Array, void> {
  const writer = new TransferWriter(head);
  for (const { name, type, ttl, data } of incrementalRecords(zone, deltas)) {
    const owner = nameToWire(name);
    const record = new Uint8Array(fixedOctets + data.length);
    const view = new DataView(record.buffer);
    view.setUint16(0, type);
    view.setUint16(2, CLASS.IN);
    view.setUint32(4, ttl);
    view.setUint16(8, data.length);
    record.set(data, fixedOctets);
    if (writer.add(owner, 0, record, 0, record.length)) continue;
    yield writer.take();
    addFirst(writer, owner, 0, record, 0, record.length);
  }
  yield writer.take();
}

function* incrementalRecords(zone: Zone, deltas: readonly ZoneDelta[]): Generator<ResourceRecord> {
  const soa = soaOf(zone);
  yield soa;
  if (deltas.length === 0) return;
  for (const { removed, added } of deltas) {
    yield* removed;
    yield* added;
  }
  yield soa;
}

/** The SOA record of a zone. */
export function soaOf({ origin, content: { octets, setAt }, content }: Zone): ResourceRecord {
  const set = findSet(content, 0, TYPE.SOA);
  const at = setAt[set]!;
  const ttl = new DataView(octets.buffer, octets.byteOffset).getUint32(at + 4);
  return { name: origin, type: TYPE.SOA, ttl, data: octets.subarray(at + fixedOctets, setAt[set + 1]) };
}

/** Octets that the records of a change take, without compression. */
const deltaOctets = ({ removed, added }: ZoneDelta): number =>
  [...removed, ...added].reduce((octets, { name, data }) => octets + name.length + 2 + fixedOctets + data.length, 0);

/**
 * The changes that lead from a client's version to this one; none when it has this one or a later one; undefined when they are not known any more, or
 * are more than the zone itself (RFC 1995 §2, §5).
 */
export function deltasSince(
  zone: Zone,
  history: readonly ZoneDelta[],
  serial: number,
): readonly ZoneDelta[] | undefined {
  if (!isSerialAfter(zone.serial, serial)) return [];
  const from = history.findIndex(({ fromSerial }) => fromSerial === serial);
  if (from < 0) return undefined;
  const deltas = history.slice(from);
  const { names, octets } = zone.content;
  const zoneOctets = names.octets.length + octets.length;
  return deltas.reduce((sum, delta) => sum + deltaOctets(delta), 0) > zoneOctets ? undefined : deltas;
}
