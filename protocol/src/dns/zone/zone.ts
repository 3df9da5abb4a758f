import { parsed, unparsed, type Parsed } from "../../parsed.ts";
import { isAtOrBelow, nameTextToWire } from "../name/name.ts";
import { readName as readNameData, readSoa, TYPE, type ResourceRecord } from "../record/record.ts";
import type { ZoneSigning } from "../dnssec/zone-signing.ts";
import { ZoneBuilder } from "./zone-builder.ts";
import type { ZoneContent } from "./zone-content.ts";
import { nameText } from "./zone-draft.ts";
import { LookupName } from "../name/lookup-name.ts";
import { countOf, entryAt, nameAt, readSets, recordTtl, type RecordSet } from "./zone-page.ts";

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

/** The zone, signed as it is asked from now on. Its DNSKEY records are records of the zone like others. */
export const withSigning = (zone: Zone, signing: ZoneSigning): Zone => ({ ...zone, signing });

/**
 * A zone of these records. Refused is only what cannot be served: a name outside, no SOA or several (RFC 1035 §5.2), a CNAME beside other
 * records (RFC 2181 §10.1), RDATA that is not of its type, an RRset that no message can hold. The records of an RRset get the lowest of
 * their TTLs and duplicates fall away (RFC 2181 §5), each with a warning. The offset of a problem is the index of a record.
 */
export function buildZone(origin: string, records: Iterable<ResourceRecord>): Parsed<Zone> {
  const assembly = new ZoneAssembly(origin);
  assembly.add(records);
  const turns = assembly.finish();
  for (;;) {
    const { done, value } = turns.next();
    if (done === true) return value;
  }
}

/** `buildZone` in turns, for a zone so large that its caller has other things to do meanwhile. */
export class ZoneAssembly {
  readonly #name = new LookupName();
  readonly #builder: ZoneBuilder;
  #problem: ReturnType<typeof unparsed> | undefined;
  #count = 0;

  constructor(origin: string) {
    const problem = readName(this.#name, origin);
    if (problem !== undefined) this.#problem = unparsed(`origin: ${problem}`, 0);
    this.#builder = new ZoneBuilder(this.#name);
  }

  /** Takes some of the records. A problem with one is told at the end. */
  add(records: Iterable<ResourceRecord>): void {
    for (const { name, type, ttl, data } of records) {
      if (this.#problem !== undefined) return;
      const problem = readName(this.#name, name) ?? this.#builder.add(this.#name, type, ttl, data);
      if (problem !== undefined) this.#problem = unparsed(`${name}: ${problem}`, this.#count);
      this.#count++;
    }
  }

  /** The zone, after as many turns as it takes. */
  *finish(): Generator<undefined, Parsed<Zone>> {
    if (this.#problem !== undefined) return this.#problem;
    const content = yield* this.#builder.finish();
    return content.ok ? parsed(zoneOf(content.value, this.#builder.warnings)) : unparsed(content.problem, this.#count);
  }
}

/** Reads a name from text into `name`. Answers a problem, or undefined. */
export function readName(name: LookupName, text: string): string | undefined {
  if (name.readText(text)) return undefined;
  const wire = nameTextToWire(text);
  if (!wire.ok) return wire.problem;
  name.read(wire.value, 0);
  return undefined;
}

/** The end of every way to make a zone. */
export function zoneOf(content: ZoneContent, warnings: readonly string[]): Zone {
  const soa = content.set(content.apex, content.findSet(content.apex, TYPE.SOA));
  const origin = nameText(new Uint8Array(0), content.origin);
  const servers = content.findSet(content.apex, TYPE.NS);
  const named = servers < 0 ? [] : content.set(content.apex, servers).data.map(readNameData);
  return {
    origin,
    serial: readSoa(soa.data[0]!).serial,
    recordCount: content.parts.counts.records,
    audience: named.length === 1 && named[0] === "invalid" ? "secondaries" : "everyone",
    warnings: servers >= 0 ? warnings : [`${origin}: no NS records`, ...warnings],
    content,
  };
}

/** Every record once, those of the origin first; the order of the other owners has no meaning. RDATA is shared, not copied, where that can be. */
export function* zoneRecords({ content }: Zone): Generator<ResourceRecord> {
  const origin = nameText(new Uint8Array(0), content.origin);
  yield* recordsOf(origin, content.sets(content.apex));
  for (const page of content.pages()) {
    for (let place = 0; place < countOf(page); place++) {
      const name = nameAt(page, entryAt(page, place));
      if (name.length === 0) continue;
      yield* recordsOf(nameText(name, content.origin), readSets(page, entryAt(page, place), content.templates));
    }
  }
}

/** The records of one name, none where there are none. */
export function recordsAt({ content, origin }: Zone, name: string): ResourceRecord[] {
  const owner = new LookupName();
  if (!isAtOrBelow(name, origin) || readName(owner, name) !== undefined) return [];
  const node = content.find(owner, 0);
  return node < 0 ? [] : [...recordsOf(name, content.sets(node))];
}

/** The records of one owner. */
export function* recordsOf(name: string, sets: readonly RecordSet[]): Generator<ResourceRecord> {
  for (const { type, ttl, data } of sets)
    for (const rdata of data) yield { name, type, ttl: recordTtl(type, ttl, rdata), data: rdata };
}
