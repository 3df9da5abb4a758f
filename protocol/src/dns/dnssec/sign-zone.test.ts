import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { changeZone, diffZones } from "../zone/zone-delta.ts";
import { readName, readSoa, soaData, TYPE, typeName, type ResourceRecord } from "../record/record.ts";
import { zoneRecords } from "../zone/zone.ts";
import { apex, arbitraryName, arbitraryRecords, arbitraryType } from "./test-arbitrary-zone.ts";
import { checkRrset } from "./check-rrset.ts";
import { readNsec } from "./nsec.ts";
import { readRrsig } from "./rrsig.ts";
import { firstExpiration, resign, signZone } from "./sign-zone.ts";
import { newWorkBudget } from "./state.ts";
import { recordsOf } from "./test-records.ts";
import { ask, newKey, now, proofProblem, published, showRecord, signingWith, zoneOf } from "./test-zones.ts";
import type { ZoneSigning } from "./zone-signing.ts";

const signing = signingWith(newKey(13, "keys"), newKey(13, "zone"));
const day = 86_400;
const text = `@ 3600 SOA ns h 1 2 3 4 300
@ 3600 NS ns
ns 3600 A 192.0.2.1
x.ent 3600 TXT x
*.wild 3600 TXT w
ren 3600 DNAME ent
hidden.ren 3600 TXT h
plain 3600 NS ns.plain
ns.plain 3600 A 192.0.2.3
deep.ns.plain 3600 NS ns
child 3600 NS ns
child 3600 DS 1 13 2 ${"00".repeat(32)}
`;
const zone = recordsOf(text);
const signed = signZone(zone, signing, now);

const rrsigOf = ({ data }: ResourceRecord) => {
  const rrsig = readRrsig(data);
  return rrsig.ok ? rrsig.value : expect.fail(rrsig.problem);
};
/** "owner TYPE tag" of each signature. */
const signatures = (records: readonly ResourceRecord[]): string[] =>
  records
    .filter(({ type }) => type === TYPE.RRSIG)
    .map((record) => `${record.name} ${typeName(rrsigOf(record).typeCovered)} ${rrsigOf(record).keyTag}`)
    .sort();
const plain = (records: readonly ResourceRecord[]): string[] =>
  records
    .filter(({ type }) => type !== TYPE.RRSIG)
    .map(showRecord)
    .sort();

/** Signatures that do not hold at a time; the covered records are those of the zone. */
function unsound(records: readonly ResourceRecord[], by: ZoneSigning, at: number): string[] {
  return records.flatMap((record) => {
    if (record.type !== TYPE.RRSIG) return [];
    const rrsig = rrsigOf(record);
    const covered = records.filter(({ name, type }) => name === record.name && type === rrsig.typeCovered);
    const check = checkRrset(covered, [rrsig], { apex, keys: published(by) }, at, newWorkBudget());
    return check.result === "signed" ? [] : [`${showRecord(record)}: ${JSON.stringify(check)}`];
  });
}

describe("DNS-E-14 a zone signed as a whole", () => {
  test("the chain of NSEC records leads through all names with records of the zone, and back", () => {
    const nsecs = signed.filter(({ type }) => type === TYPE.NSEC);
    const owners = [
      "example",
      "child.example",
      "x.ent.example",
      "ns.example",
      "plain.example",
      "ren.example",
      "*.wild.example",
    ];
    expect(nsecs.map(({ name }) => name)).toEqual(owners);
    expect(nsecs.map(({ data }) => readName(data))).toEqual([...owners.slice(1), "example"]);
    expect(nsecs.map(({ ttl }) => ttl)).toEqual(owners.map(() => 300)); // DNS-E-13
    const types = nsecs.map((record) => {
      const nsec = readNsec(record);
      return nsec.ok ? nsec.value.types.map(typeName).join(" ") : expect.fail(nsec.problem);
    });
    expect(types).toEqual([
      "NS SOA RRSIG NSEC DNSKEY",
      "NS DS RRSIG NSEC",
      "TXT RRSIG NSEC",
      "A RRSIG NSEC",
      "NS RRSIG NSEC",
      "DNAME RRSIG NSEC",
      "TXT RRSIG NSEC",
    ]);
  });

  test("DNS-E-15 signed is what the zone has authority for, by the key for it, and every signature holds", () => {
    const [keys, other] = signing.keys.map(({ keyTag }) => keyTag);
    expect(signatures(signed)).toEqual(
      [
        ...["NS", "SOA", "NSEC"].map((type) => `example ${type} ${other}`),
        `example DNSKEY ${keys}`,
        ...["DS", "NSEC"].map((type) => `child.example ${type} ${other}`),
        ...["x.ent TXT", "x.ent NSEC", "ns A", "ns NSEC", "plain NSEC", "ren DNAME", "ren NSEC"].map(
          (what) => `${what.replace(" ", ".example ")} ${other}`,
        ),
        ...["TXT", "NSEC"].map((type) => `*.wild.example ${type} ${other}`),
      ].sort(),
    );
    expect(unsound(signed, signing, now)).toEqual([]);
    expect(unsound(signed, signing, now + 12 * day)).toEqual([]);
  });

  test("what was there stays, the keys are added once", () => {
    const keys = signed.filter(({ type }) => type === TYPE.DNSKEY);
    expect(keys.map(({ data }) => data)).toEqual(signing.keys.map(({ dnskey }) => dnskey));
    const made: readonly number[] = [TYPE.RRSIG, TYPE.NSEC, TYPE.DNSKEY];
    expect(plain(signed.filter(({ type }) => !made.includes(type)))).toEqual(plain(zone));
    expect(plain(signZone([...zone, ...keys], signing, now))).toEqual(plain(signed));
  });

  test("signatures and denials of others fall away", () => {
    const nsec3 = recordsOf(
      "@ 0 NSEC3PARAM 1 0 0 -\n2vptu5timamqttgl4luu9kg21e0aor3s NSEC3 1 0 0 - 2vptu5timamqttgl4luu9kg21e0aor3s SOA",
    );
    const others = signZone(zone, signingWith(newKey(15, "both")), now).filter(({ type }) => type !== TYPE.DNSKEY);
    expect(plain(signZone([...others, ...nsec3], signing, now))).toEqual(plain(signed));
    expect(signatures(signZone([...others, ...nsec3], signing, now))).toEqual(signatures(signed));
  });

  test("records of one RRset with different TTLs get the lowest, as a zone does, so that the signature holds", () => {
    const mixed = signZone([...zone, ...recordsOf("ns 60 A 192.0.2.9")], signing, now);
    const served = [...zoneRecords(zoneOf(apex, mixed))];
    expect(unsound(served, signing, now)).toEqual([]);
    expect(served.find(({ name, type }) => name === "ns.example" && type === TYPE.A)?.ttl).toBe(60);
  });

  test("each signature keeps the TTL of what it covers, through a zone and its changes", () => {
    const [before, after] = [signed, signZone(recordsOf(text.replace("h 1 2", "h 2 2")), signing, now)].map((records) =>
      zoneOf(apex, records),
    );
    if (!before || !after) throw new Error("no zones");
    expect(before.warnings).toEqual([]);
    const changed = changeZone(before, diffZones(before, after));
    for (const made of [before, after, changed.ok ? changed.value : expect.fail(changed.problem)]) {
      for (const record of zoneRecords(made))
        if (record.type === TYPE.RRSIG) expect(record.ttl).toBe(rrsigOf(record).originalTtl);
    }
  });

  test("NS records at a wildcard delegate nothing, and are signed", () => {
    const wild = signZone([...zone, ...recordsOf("*.w 60 NS ns\na.*.w 60 TXT x")], signing, now);
    const names = signatures(wild).filter((line) => line.includes("*.w.example"));
    expect(names.map((line) => line.replace(/ \d+$/, ""))).toEqual([
      "*.w.example NS",
      "*.w.example NSEC",
      "a.*.w.example NSEC",
      "a.*.w.example TXT",
    ]);
  });

  test("a zone without SOA is a mistake of the caller", () => {
    expect(() => signZone(recordsOf("a 60 TXT x"), signing, now)).toThrow("without SOA");
  });
});

const withSerial = (records: readonly ResourceRecord[], serial: number): ResourceRecord[] =>
  records.map((record) =>
    record.type === TYPE.SOA ? { ...record, data: soaData({ ...readSoa(record.data), serial }) } : record,
  );
const added = (change: { added: ResourceRecord[] }): string[] =>
  signatures(change.added).map((line) => line.replace(/ \d+$/, ""));
const options = { refreshBeforeSeconds: 5 * day };

describe("DNS-E-05 signing again", () => {
  test("nothing changed and nothing ends soon: nothing to do", () => {
    expect(resign(signed, zone, signing, now + 3 * day, options)).toEqual({ removed: [], added: [] });
  });

  test("one record changed: it, the SOA, and nothing else is signed", () => {
    const next = withSerial(recordsOf(text.replace("TXT w", "TXT v")), 2);
    const change = resign(signed, next, signing, now + day, options);
    expect(added(change)).toEqual(["*.wild.example TXT", "example SOA"]);
    expect(signatures(change.removed)).toHaveLength(2);
  });

  test("a name more: its neighbour before it leads to it", () => {
    const change = resign(signed, [...withSerial(zone, 2), ...recordsOf("o 60 TXT o")], signing, now + day, options);
    expect(added(change)).toEqual(["example SOA", "ns.example NSEC", "o.example NSEC", "o.example TXT"]);
  });

  test("signatures that end soon are made anew, the others stay", () => {
    const ends = firstExpiration(signed, now) ?? expect.fail();
    expect(ends).toBeGreaterThan(now + 12 * day);
    expect(resign(signed, zone, signing, ends - 5 * day - 1, options).added).toEqual([]);
    const change = resign(signed, zone, signing, ends - 5 * day, options);
    expect(change.added.length).toBeGreaterThan(0);
    expect(change.added.length).toBeLessThan(signatures(signed).length);
    for (const record of change.added) expect(rrsigOf(record).expiration).toBeGreaterThan(ends + 7 * day);
  });

  test("another key signs everything again, and a key with the tag of one before is another", () => {
    const [keys, other] = signing.keys;
    if (!keys || !other) throw new Error("no keys");
    const rolled = signingWith(keys, newKey(13, "zone"));
    expect(added(resign(signed, zone, rolled, now, options))).toHaveLength(signatures(signed).length);
    const sameTag = { ...signing, keys: [keys, { ...newKey(13, "zone"), keyTag: other.keyTag }] };
    expect(added(resign(signed, zone, sameTag, now, options))).toHaveLength(signatures(signed).length);
  });

  test("a signature that is not valid yet, since a clock was wrong, is made anew", () => {
    const early = signZone(zone, signing, now + 100 * day);
    const change = resign(early, zone, signing, now, options);
    expect(signatures(change.added)).toEqual(signatures(early));
    expect(firstExpiration([], now)).toBeUndefined();
  });

  test("any change comes to what signing from the start does, but for kept signatures, and all of it holds", () => {
    const fast = signingWith(newKey(15, "keys"), newKey(15, "zone"));
    const question = fc.tuple(arbitraryName, arbitraryType);
    fc.assert(
      fc.property(
        fc.array(arbitraryRecords, { minLength: 2, maxLength: 4 }),
        fc.nat(13),
        question,
        (versions, days, [name, type]) => {
          let served: ResourceRecord[] = [];
          let at = now - versions.length * days * day;
          let before = undefined as ReturnType<typeof zoneOf> | undefined;
          for (const [index, records] of versions.entries()) {
            at += days * day;
            const next = withSerial(records, index + 2);
            const { removed, added: come } = resign(served, next, fast, at, options);
            const gone = new Set(removed);
            served = [...served.filter((record) => !gone.has(record)), ...come];
            const fresh = signZone(next, fast, at);
            expect(plain(served)).toEqual(plain(fresh));
            expect(signatures(served)).toEqual(signatures(fresh));
            expect(unsound(served, fast, at)).toEqual([]);
            // The same by way of the zone that is served, whose order of denials is carried over.
            const zoneNow = zoneOf(apex, served);
            const changed = before && changeZone(before, diffZones(before, zoneNow));
            before = changed ? (changed.ok ? changed.value : expect.fail(changed.problem)) : zoneNow;
            ask([before], { name, type });
          }
          if (!before) return;
          const asked = { name, type };
          const reply = ask([before], asked);
          expect(
            proofProblem(asked, reply, ask([before], { ...asked, dnssecOk: false }), apex, published(fast)),
          ).toBeUndefined();
        },
      ),
      { numRuns: 30 },
    );
  });
});
