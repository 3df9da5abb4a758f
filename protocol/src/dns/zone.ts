import { parsed, unparsed, type Parsed } from "../parsed.ts";
import { nameTextToWire, readWireName } from "./name.ts";
import { readSoa, TYPE, type ResourceRecord } from "./record.ts";
import { findSet, ZoneBuilder, type ZoneContent } from "./zone-content.ts";

/** What one origin is answered from. Never changes: a new version of the zone is a new value. */
export type Zone = {
  /** Canonical. */
  readonly origin: string;
  /** From the SOA. */
  readonly serial: number;
  readonly recordCount: number;
  /** What was changed or looks wrong in the records given, for a person to read. At most a hundred. */
  readonly warnings: readonly string[];
  /** The records, laid out for `answer`. Not for other eyes. */
  readonly content: ZoneContent;
};

/**
 * A zone of these records. Refused is only what cannot be served: a name outside, no SOA or several (RFC 1035 §5.2), a CNAME beside other
 * records (RFC 2181 §10.1), RDATA that is not of its type, an RRset that no message can hold. The records of an RRset get the lowest of
 * their TTLs and duplicates fall away (RFC 2181 §5), each with a warning. The offset of a problem is the index of a record.
 */
export function buildZone(origin: string, records: Iterable<ResourceRecord>): Parsed<Zone> {
  const wire = nameTextToWire(origin);
  if (!wire.ok) return unparsed(`origin: ${wire.problem}`, 0);
  const builder = new ZoneBuilder(wire.value);
  let index = 0;
  let name: string | undefined;
  let owner: Uint8Array = wire.value;
  for (const record of records) {
    if (record.name !== name) {
      const read = nameTextToWire(record.name);
      if (!read.ok) return unparsed(`${record.name}: ${read.problem}`, index);
      name = record.name;
      owner = read.value;
    }
    const problem = builder.add(owner, 0, record.type, record.ttl, record.data);
    if (problem !== undefined) return unparsed(`${record.name}: ${problem}`, index);
    index++;
  }
  return finishZone(builder);
}

/** The end of every way to build a zone. */
export function finishZone(builder: ZoneBuilder): Parsed<Zone> {
  const built = builder.finish();
  if (typeof built === "string") return unparsed(built, 0);
  const { content, warnings, recordCount } = built;
  const soa = readSoa(soaRdata(content));
  return parsed({ origin: ownerName(content, 0), serial: soa.serial, recordCount, warnings, content });
}

function soaRdata(content: ZoneContent): Uint8Array {
  const set = findSet(content, 0, TYPE.SOA);
  return content.octets.subarray(content.setAt[set]! + 10, content.setAt[set + 1]);
}

const ownerName = ({ names }: ZoneContent, node: number): string => {
  const name = readWireName(names.octets, names.start(node), { pointers: "refused" });
  return name.ok ? name.value.name : ".";
};

/** Every record once, owners in the order in which they first came, the SOA's before all. The RDATA is shared, not copied. */
export function* zoneRecords({ content }: Zone): Generator<ResourceRecord> {
  const { octets } = content;
  for (let node = 0; node < content.names.count; node++) {
    const name = ownerName(content, node);
    const end = content.setAt[content.firstSet[node + 1]!]!;
    for (let at = content.setAt[content.firstSet[node]!]!; at < end;) {
      const length = u16(octets, at + 8);
      yield {
        name,
        type: u16(octets, at),
        ttl: u16(octets, at + 4) * 0x10000 + u16(octets, at + 6),
        data: octets.subarray(at + 10, at + 10 + length),
      };
      at += 10 + length;
    }
  }
}

const u16 = (octets: Uint8Array, at: number): number => (octets[at]! << 8) | octets[at + 1]!;
