import type { ResourceRecord, Zone } from "chancery/dns";
import type { OctetReader, OctetWriter } from "./octets.ts";

/** A set of records that an operator put over the database's on this name server; no `records`: the set is not served. */
export type OverlaidSet = {
  readonly name: string;
  readonly type: number;
  readonly records: readonly ResourceRecord[];
  /** What the database has there. */
  readonly hidden: readonly ResourceRecord[];
};

/** A zone as it is served, and which version of the database is beneath. */
export type StoredZone = {
  readonly zone: Zone;
  /** The serial of the database's version. That of `zone` is the same, unless something was put over it. */
  readonly baseSerial: number;
  readonly overlay: readonly OverlaidSet[];
};

export function putRecords(writer: OctetWriter, records: readonly ResourceRecord[]): void {
  writer.u32(records.length);
  for (const { name, type, ttl, data } of records) writer.text(name).u32(type).u32(ttl).octets(data);
}

/** The records hold on to nothing of what is read: they may be kept long after it. */
export const takeRecords = (reader: OctetReader): ResourceRecord[] =>
  reader.list(() => {
    const [name, type, ttl] = [reader.text(), reader.u32(), reader.u32()];
    return { name, type, ttl, data: Uint8Array.from(reader.octets()) };
  });

/** What is known of a zone besides its records. */
export type Beneath = Pick<StoredZone, "baseSerial" | "overlay">;

export function putBeneath(writer: OctetWriter, { baseSerial, overlay }: Beneath): void {
  writer.u32(baseSerial).u32(overlay.length);
  for (const { name, type, records, hidden } of overlay) {
    writer.text(name).u32(type);
    putRecords(writer, records);
    putRecords(writer, hidden);
  }
}

export const takeBeneath = (reader: OctetReader): Beneath => ({
  baseSerial: reader.u32(),
  overlay: reader.list(() => ({
    name: reader.text(),
    type: reader.u32(),
    records: takeRecords(reader),
    hidden: takeRecords(reader),
  })),
});
