import { parsed, unparsed, type Parsed } from "../parsed.ts";
import { nameTextToWire, readWireName } from "./name.ts";
import { readName as readNameData, readSoa, TYPE, type ResourceRecord } from "./record.ts";
import type { ZoneSigning } from "./dnssec/zone-signing.ts";
import { ZoneBuilder } from "./zone-builder.ts";
import { findSet, type ZoneContent } from "./zone-content.ts";
import { LookupName } from "./zone-names.ts";

/** What one origin is answered from. Never changes: a new version of the zone is a new value. */
export type Zone = {
  /** Canonical. */
  readonly origin: string;
  /** From the SOA. */
  readonly serial: number;
  readonly recordCount: number;
  /** Whom it is for. A catalog (RFC 9432) is for secondaries alone: its one name server is `invalid.`, as that of no zone that resolves. */
  readonly audience: "everyone" | "secondaries";
  /** What was changed or looks wrong in the records given, for a person to read. At most a hundred. */
  readonly warnings: readonly string[];
  /** The records, laid out for `answer`. Not for other eyes. */
  readonly content: ZoneContent;
  /** With what its answers are signed as they are asked for. Absent: they are not, unless the records hold signatures. */
  readonly signing?: ZoneSigning;
};

/**
 * A zone of these records. Refused is only what cannot be served: a name outside, no SOA or several (RFC 1035 §5.2), a CNAME beside other
 * records (RFC 2181 §10.1), RDATA that is not of its type, an RRset that no message can hold. The records of an RRset get the lowest of
 * their TTLs and duplicates fall away (RFC 2181 §5), each with a warning. The offset of a problem is the index of a record.
 */
export function buildZone(origin: string, records: Iterable<ResourceRecord>): Parsed<Zone> {
  const name = new LookupName();
  const originProblem = readName(name, origin);
  if (originProblem !== undefined) return unparsed(`origin: ${originProblem}`, 0);
  const builder = new ZoneBuilder(name);
  let index = 0;
  for (const record of records) {
    const problem = readName(name, record.name) ?? builder.add(name, record.type, record.ttl, record.data);
    if (problem !== undefined) return unparsed(`${record.name}: ${problem}`, index);
    index++;
  }
  const built = builder.finish();
  return typeof built === "string"
    ? unparsed(built, 0)
    : parsed(zoneOf(built.content, built.recordCount, built.warnings));
}

function readName(name: LookupName, text: string): string | undefined {
  if (name.readText(text)) return undefined;
  const wire = nameTextToWire(text);
  if (!wire.ok) return wire.problem;
  name.read(wire.value, 0);
  return undefined;
}

/** The end of every way to make a zone. */
export function zoneOf(content: ZoneContent, recordCount: number, warnings: readonly string[]): Zone {
  const { serial } = readSoa(soaRdata(content));
  const audience = isNamedNowhere(content) ? "secondaries" : "everyone";
  return { origin: ownerName(content, 0), serial, recordCount, audience, warnings, content };
}

function isNamedNowhere(content: ZoneContent): boolean {
  const set = findSet(content, 0, TYPE.NS);
  if (set < 0) return false;
  const rdata = content.octets.subarray(content.setAt[set]! + 10, content.setAt[set + 1]);
  return rdata.length === "invalid".length + 2 && readNameData(rdata) === "invalid"; // two records would be longer
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
