import { nameToWire } from "../name/name.ts";
import { CLASS, TYPE, type ResourceRecord } from "../record/record.ts";
import type { ZoneDelta } from "../zone/zone-delta.ts";
import { isSerialAfter } from "../record/serial.ts";
import { zoneWireRecords, type WireRecord } from "../zone/zone-walk.ts";
import type { Zone } from "../zone/zone.ts";
import { TransferWriter, type TransferHead } from "./transfer-writer.ts";

/** Type, class, TTL and length of a record. */
const fixedOctets = 10;

/**
 * The messages of AXFR (RFC 5936 §2.2), made one by one as they are pulled: the SOA, every other record once, glue and occluded ones too, and the
 * SOA again. A zone never changes, so all messages are of one version however slowly they are taken.
 */
export function* zoneTransfer(zone: Zone, head: TransferHead): Generator<Uint8Array, void> {
  const { content } = zone;
  const soa = wireOf(soaOf(zone));
  const writer = new TransferWriter(head);
  addFirst(writer, soa);
  for (const record of zoneWireRecords(content)) {
    if (record.type === TYPE.SOA || writer.add(record)) continue;
    yield writer.take();
    addFirst(writer, record);
  }
  if (!writer.add(soa)) {
    yield writer.take();
    addFirst(writer, soa);
  }
  yield writer.take();
}

function wireOf({ name, type, ttl, data }: ResourceRecord): WireRecord {
  const octets = new Uint8Array(fixedOctets + data.length);
  const view = new DataView(octets.buffer);
  view.setUint16(0, type);
  view.setUint16(2, CLASS.IN);
  view.setUint32(4, ttl);
  view.setUint16(8, data.length);
  octets.set(data, fixedOctets);
  return { owner: nameToWire(name), type, octets, from: 0, to: octets.length, template: undefined };
}

/** A transfer without that record would be another zone: it ends here, without its last SOA, and no secondary takes it. */
function addFirst(writer: TransferWriter, record: Readonly<WireRecord>): void {
  if (!writer.add(record)) throw new RangeError("a record that no message can hold");
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
  for (const each of incrementalRecords(zone, deltas)) {
    const record = wireOf(each);
    if (writer.add(record)) continue;
    yield writer.take();
    addFirst(writer, record);
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
export function soaOf({ origin, content }: Zone): ResourceRecord {
  const { type, ttl, data } = content.set(content.apex, content.findSet(content.apex, TYPE.SOA));
  return { name: origin, type, ttl, data: data[0]! };
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
  const zoneOctets = zone.content.octets();
  return deltas.reduce((sum, delta) => sum + deltaOctets(delta), 0) > zoneOctets ? undefined : deltas;
}
