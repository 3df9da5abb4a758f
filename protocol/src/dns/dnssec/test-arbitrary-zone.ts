import * as fc from "fast-check";
import { nameData, soaData, TYPE, txtData, type ResourceRecord } from "../record/record.ts";
import { buildZone } from "../zone/zone.ts";

/*
 * Random zones in which everything comes together that changes an answer: cuts with and without DS, glue, occluded names, empty
 * non-terminals, wildcards, aliases, DNAME.
 */

export const apex = "example";
const label = fc.constantFrom("a", "b", "c", "*", "ns");
export const arbitraryName = fc
  .array(label, { maxLength: 4 })
  .map((labels) => (labels.length === 0 ? apex : `${labels.join(".")}.${apex}`));

const data: readonly [number, (target: string, seed: number) => Uint8Array][] = [
  [TYPE.A, (_, seed) => Uint8Array.of(192, 0, 2, seed)],
  [TYPE.TXT, (_, seed) => txtData(`text ${seed}`)],
  [TYPE.NS, (target) => nameData(target)],
  [TYPE.DS, (_, seed) => Uint8Array.of(0, seed, 13, 2, ...new Uint8Array(32))],
  [TYPE.CNAME, (target) => nameData(target)],
  [TYPE.DNAME, (target) => nameData(target)],
];

const arbitraryRecord = fc
  .record({
    name: arbitraryName,
    kind: fc.constantFrom(...data),
    target: fc.oneof(arbitraryName, fc.constant("ns.example.net")),
    seed: fc.nat(3),
  })
  .map(({ name, kind: [type, make], target, seed }): ResourceRecord => ({
    name,
    type,
    ttl: 600,
    data: make(target, seed),
  }));

const soa: ResourceRecord = {
  name: apex,
  type: TYPE.SOA,
  ttl: 900,
  data: soaData({ mname: "ns.example", rname: "h.example", serial: 1, refresh: 2, retry: 3, expire: 4, minimum: 300 }),
};
const ns: ResourceRecord = { name: apex, type: TYPE.NS, ttl: 600, data: nameData("ns.example") };

/** The records of a zone that can be served: one that does not go with those before it is left out, and so is NS at a wildcard. */
export const arbitraryRecords: fc.Arbitrary<ResourceRecord[]> = fc
  .array(arbitraryRecord, { maxLength: 12 })
  .map((records) => {
    const taken = [soa, ns];
    for (const record of records) {
      // A DS record belongs to a cut (RFC 4035 §2.4), and what a wildcard with NS means is open (RFC 4592 §4.2, §4.4).
      if (
        record.name.startsWith("*") &&
        (record.type === TYPE.NS || record.type === TYPE.DS || record.type === TYPE.DNAME)
      )
        continue;
      const built = buildZone(apex, [...taken, record]);
      if (built.ok && built.value.warnings.length === 0) taken.push(record);
    }
    const cuts = new Set(taken.filter(({ type, name }) => type === TYPE.NS && name !== apex).map(({ name }) => name));
    return taken.filter(({ type, name }) => type !== TYPE.DS || cuts.has(name));
  });

export const arbitraryType = fc.constantFrom<number>(
  TYPE.A,
  TYPE.TXT,
  TYPE.NS,
  TYPE.DS,
  TYPE.CNAME,
  TYPE.DNAME,
  TYPE.SOA,
  TYPE.ANY,
);
