import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AnswerFacts } from "../answer-facts.ts";
import { answer } from "../answer.ts";
import { apex, arbitraryName, arbitraryRecords, arbitraryType } from "../../dnssec/test-arbitrary-zone.ts";
import { readNsec, type Nsec } from "../../dnssec/nsec.ts";
import { readRrsig } from "../../dnssec/rrsig.ts";
import {
  ask,
  dnskeyRecords,
  newKey,
  now,
  proofProblem,
  published,
  queryOf,
  showRecord,
  signingWith,
  withoutProof,
  zoneOf,
  zoneOfText,
} from "../../dnssec/test-zones.ts";
import { signZone } from "../../dnssec/sign-zone.ts";
import { recordsOf } from "../../dnssec/test-records.ts";
import { withSigning } from "../../zone/zone.ts";
import { parseMessage, RCODE, type Message } from "../../message/message.ts";
import { nameToWire } from "../../name/name.ts";
import { TYPE, typeName, type ResourceRecord } from "../../record/record.ts";
import { changeZone, diffZones } from "../../zone/zone-delta.ts";
import { zoneSet } from "../../zone/zone-set.ts";
import type { Zone } from "../../zone/zone.ts";

const signing = signingWith(newKey(15, "keys"), newKey(15, "zone"));

test("DNS-E-02 DNS-E-06 DNS-E-07 DNS-E-09 DNS-E-15 every answer of any zone is the plain one with proofs that hold", () => {
  const questions = fc.array(fc.tuple(arbitraryName, arbitraryType), { minLength: 5, maxLength: 5 });
  fc.assert(
    fc.property(arbitraryRecords, questions, (records, asked) => {
      const zone = zoneOf(apex, [...records, ...dnskeyRecords(apex, signing)]);
      for (const [name, type] of asked) {
        const plain = ask([zone], { name, type, dnssecOk: false });
        // Of the apex, behind aliases too, the parent speaks.
        const leadsToApex = plain.answers.some((record) => showRecord(record).endsWith(` CNAME ${apex}.`));
        if (type === TYPE.DS && (name === apex || leadsToApex)) continue;
        const proven = ask([withSigning(zone, signing)], { name, type });
        const told = [typeName(type), name, "of", ...records.map(showRecord), "is", ...proven.answers.map(showRecord)];
        const said = [...told, "beside", ...proven.authority.map(showRecord)].join("\n");
        expect(proofProblem({ name, type }, proven, plain, apex, published(signing)), said).toBeUndefined();
        expect(withoutProof(proven), said).toEqual(withoutProof(plain));
      }
    }),
    { numRuns: 60 },
  );
});

const text = `@ 3600 SOA ns h 1 2 3 4 300
@ 3600 NS ns
ns 3600 A 192.0.2.1
www 3600 A 192.0.2.2
x.ent 3600 TXT x
*.wild 3600 TXT w
alias 3600 CNAME www
gone 3600 CNAME none
out 3600 CNAME www.example.net.
ren 3600 DNAME ent
plain 3600 NS ns.plain
ns.plain 3600 A 192.0.2.3
child 3600 NS ns
child 3600 DS 1 13 2 ${"00".repeat(32)}
large 3600 TXT ${`"${"x".repeat(250)}" `.repeat(4)}
`;
const zone = withSigning(zoneOfText("example", text, ...dnskeyRecords("example", signing)), signing);
const [keySigning, zoneSigning] = signing.keys.map(({ keyTag }) => keyTag);

const nsecOf = (records: readonly ResourceRecord[]): Nsec => {
  const nsecs = records.filter(({ type }) => type === TYPE.NSEC);
  expect(nsecs).toHaveLength(1);
  const nsec = readNsec(nsecs[0] ?? expect.fail());
  return nsec.ok ? nsec.value : expect.fail(nsec.problem);
};
const tagOf = ({ data }: ResourceRecord): number => {
  const rrsig = readRrsig(data);
  return rrsig.ok ? rrsig.value.keyTag : expect.fail(rrsig.problem);
};
const signatures = ({ answers, authority, additional }: Message): ResourceRecord[] =>
  [...answers, ...authority, ...additional].filter(({ type }) => type === TYPE.RRSIG);

describe("DNS-E-02 who gets signatures", () => {
  test("whoever asks with DO, in every section; nobody else", () => {
    const withDo = ask([zone], { name: "example", type: TYPE.NS });
    expect(withDo.answers.map(({ type }) => type)).toEqual([TYPE.NS, TYPE.RRSIG]);
    expect(withDo.additional.map(({ type }) => type)).toEqual([TYPE.A, TYPE.RRSIG]);
    expect(signatures(ask([zone], { name: "none.example", type: TYPE.A }))).toHaveLength(2);
    for (const name of ["example", "none.example", "plain.example", "alias.example"]) {
      const reply = ask([zone], { name, type: TYPE.A, dnssecOk: false });
      expect([...signatures(reply), ...reply.authority.filter(({ type }) => type === TYPE.NSEC)]).toEqual([]);
    }
  });

  test("the DNSKEY records are signed by the key that signs keys, all else by the other", () => {
    expect(signatures(ask([zone], { name: "example", type: TYPE.DNSKEY })).map(tagOf)).toEqual([keySigning]);
    expect(signatures(ask([zone], { name: "example", type: TYPE.SOA })).map(tagOf)).toEqual([zoneSigning]);
  });

  test("of two keys that sign the same, each makes a signature", () => {
    const both = signingWith(newKey(13, "both"), newKey(15, "both"));
    const reply = ask([withSigning(zone, both)], { name: "www.example", type: TYPE.A });
    expect(signatures(reply).map(tagOf)).toEqual(both.keys.map(({ keyTag }) => keyTag));
    expect(signatures(ask([withSigning(zone, both)], { name: "no.example", type: TYPE.A }))).toHaveLength(4);
  });

  test("a zone that changed is signed as before", () => {
    const next = zoneOfText("example", text.replace("h 1 2", "h 2 2").replace("192.0.2.2", "192.0.2.9"));
    const changed = changeZone(zone, diffZones(zone, next));
    if (!changed.ok) throw new Error(changed.problem);
    const [address, rrsig] = ask([changed.value], { name: "www.example", type: TYPE.A }).answers;
    expect(address?.data).toEqual(Uint8Array.of(192, 0, 2, 9));
    expect(rrsig?.type).toBe(TYPE.RRSIG);
    expect(rrsig).not.toEqual(ask([zone], { name: "www.example", type: TYPE.A }).answers[1]);
  });

  test("a flood of names that nobody has, or that a wildcard has, pushes out no signature of the zone", () => {
    // Of algorithm 13 each signature is another, so an equal one was kept.
    const zones = zoneSet([withSigning(zone, signingWith(newKey(13, "both")))]);
    const signed = (name: string): string =>
      Buffer.from(answer(zones, queryOf({ name, type: TYPE.TXT }), "tcp", { now }) ?? []).toString("hex");
    const names = ["x.ent.example", "www.example", "q.wild.example", "none.example"];
    const before = names.map(signed);
    for (let n = 0; n < 2200; n++) signed(`${n}.${n % 2 === 0 ? "wild" : "none"}.example`);
    expect(names.map((name, index) => signed(name) === before[index])).toEqual([true, true, false, false]);
  });

  test("without a clock there are none, and the answer is the plain one", () => {
    const reply = answer(zoneSet([zone]), queryOf({ name: "no.example", type: TYPE.A }), "udp");
    expect(reply?.[3]).toBe(RCODE.NXDOMAIN);
  });

  test("a question for RRSIG gets the signatures of one RRset, with DO and without", () => {
    for (const dnssecOk of [true, false]) {
      const reply = ask([zone], { name: "example", type: TYPE.RRSIG, dnssecOk });
      expect(reply.answers.map(({ type }) => type)).toEqual([TYPE.RRSIG]);
      expect(ask([zone], { name: "ent.example", type: TYPE.RRSIG, dnssecOk }).answers).toEqual([]);
      expect(ask([zone], { name: "no.example", type: TYPE.RRSIG, dnssecOk: false }).rcode).toBe(RCODE.NXDOMAIN);
    }
  });

  test("a question for NSEC gets the record, which says of itself that it is there", () => {
    const reply = ask([zone], { name: "www.example", type: TYPE.NSEC });
    expect(reply.answers.map(({ type }) => type)).toEqual([TYPE.NSEC, TYPE.RRSIG]);
    expect(nsecOf(reply.answers).types).toEqual([TYPE.A, TYPE.RRSIG, TYPE.NSEC]);
    expect(nsecOf(ask([zone], { name: "no.example", type: TYPE.NSEC }).answers).types).toContain(TYPE.NXNAME);
    const plain = ask([zone], { name: "www.example", type: TYPE.NSEC, dnssecOk: false });
    expect(plain.answers.map(({ type }) => type)).toEqual([TYPE.NSEC]);
  });
});

describe("compact denial", () => {
  const types = (...names: (keyof typeof TYPE)[]): number[] => names.map((name) => TYPE[name]).sort((a, b) => a - b);
  const rows: [row: string, name: string, type: number, owner: string, next: string, types: number[]][] = [
    [
      "DNS-E-06 no such name",
      "no.example",
      TYPE.A,
      "no.example",
      String.raw`\000.no.example`,
      types("RRSIG", "NSEC", "NXNAME"),
    ],
    [
      "DNS-E-06 no such name, in capitals",
      "NO.Example",
      TYPE.A,
      "no.example",
      String.raw`\000.no.example`,
      types("RRSIG", "NSEC", "NXNAME"),
    ],
    [
      "DNS-E-07 no such type",
      "www.example",
      TYPE.TXT,
      "www.example",
      String.raw`\000.www.example`,
      types("A", "RRSIG", "NSEC"),
    ],
    [
      "DNS-E-07 an empty non-terminal",
      "ent.example",
      TYPE.A,
      "ent.example",
      String.raw`\000.ent.example`,
      types("RRSIG", "NSEC"),
    ],
    [
      "DNS-E-07 a wildcard without the type",
      "q.wild.example",
      TYPE.A,
      "q.wild.example",
      String.raw`\000.q.wild.example`,
      types("TXT", "RRSIG", "NSEC"),
    ],
    [
      "DNS-E-07 an alias to nothing",
      "gone.example",
      TYPE.A,
      "none.example",
      String.raw`\000.none.example`,
      types("RRSIG", "NSEC", "NXNAME"),
    ],
    [
      "DNS-E-09 an unsigned referral",
      "a.plain.example",
      TYPE.A,
      "plain.example",
      String.raw`plain\000.example`,
      types("NS", "RRSIG", "NSEC"),
    ],
    [
      "DNS-E-15 DS of an unsigned child",
      "plain.example",
      TYPE.DS,
      "plain.example",
      String.raw`plain\000.example`,
      types("NS", "RRSIG", "NSEC"),
    ],
    ["the apex", "example", TYPE.A, "example", String.raw`\000.example`, types("NS", "SOA", "RRSIG", "NSEC", "DNSKEY")],
  ];
  test.each(rows)("%s: %s", (_, name, type, owner, next, listed) => {
    const reply = ask([zone], { name, type });
    expect(reply.rcode).toBe(RCODE.NOERROR);
    expect(nsecOf(reply.authority)).toEqual({ owner, next, types: listed });
  });

  test("DNS-E-13 the TTL of NSEC, and of the SOA with its signature, is the lower of the SOA's own and its minimum", () => {
    const { authority } = ask([zone], { name: "no.example", type: TYPE.A });
    expect(authority.map(({ type, ttl }) => [type, ttl])).toEqual(
      [TYPE.SOA, TYPE.RRSIG, TYPE.NSEC, TYPE.RRSIG].map((type) => [type, 300]),
    );
    const low = withSigning(zoneOfText("example", "@ 60 SOA a b 1 2 3 4 300"), signing);
    expect(ask([low], { name: "no.example", type: TYPE.A }).authority.map(({ ttl }) => ttl)).toEqual([60, 60, 60, 60]);
  });

  test("DNS-E-07 the signature of what a wildcard gives counts all labels of the name asked", () => {
    const [, rrsig] = ask([zone], { name: "a.b.wild.example", type: TYPE.TXT }).answers;
    const read = readRrsig(rrsig?.data ?? new Uint8Array(0));
    expect(read.ok && read.value.labels).toBe(4);
    expect(ask([zone], { name: "a.b.wild.example", type: TYPE.TXT }).authority).toEqual([]);
  });

  test.each([
    [true, true, RCODE.NXDOMAIN, true],
    [true, false, RCODE.NOERROR, false],
    [false, true, RCODE.NXDOMAIN, false],
    [false, false, RCODE.NXDOMAIN, false],
  ])(
    "DNS-E-11 with DO %s and CO %s a missing name is rcode %i, and CO comes back: %s",
    (dnssecOk, compactOk, rcode, isSet) => {
      const options = { now };
      const query = queryOf({ name: "no.example", type: TYPE.A, dnssecOk, compactOk });
      const reply = answer(zoneSet([zone]), query, "udp", options) ?? expect.fail("silence");
      expect(reply[3]! & 0xf).toBe(rcode);
      expect((reply[reply.length - 4]! & 0x40) !== 0).toBe(isSet);
      expect((reply[reply.length - 4]! & 0x80) !== 0).toBe(dnssecOk);
    },
  );

  test("DNS-E-11 a zone without signatures knows nothing of CO", () => {
    const plain = zoneOfText("example", text);
    const query = queryOf({ name: "no.example", type: TYPE.A, compactOk: true });
    const reply = answer(zoneSet([plain]), query, "udp", { now }) ?? expect.fail("silence");
    expect(reply[reply.length - 4]! & 0x40).toBe(0);
  });

  test("DNS-E-10 a question for NXNAME is FORMERR, with the extended error for it", () => {
    const reply = ask([zone], { name: "www.example", type: TYPE.NXNAME });
    expect(reply.rcode).toBe(RCODE.FORMERR);
    expect(reply.edns?.options).toEqual([{ code: 15, data: Uint8Array.of(0, 30) }]);
  });

  test("whoever limits answers learns that the name does not exist", () => {
    const facts = new AnswerFacts();
    answer(zoneSet([zone]), queryOf({ name: "no.example", type: TYPE.A }), "udp", { now, facts });
    expect(facts).toMatchObject({ kind: "nxdomain", rcode: RCODE.NOERROR });
    answer(zoneSet([zone]), queryOf({ name: "www.example", type: TYPE.TXT }), "udp", { now, facts });
    expect(facts.kind).toBe("nodata");
  });
});

describe("names too long for a label more", () => {
  const label = (octet: string, octets: number): string => octet.repeat(octets);
  /** A name of `octets` whose first label is given. */
  const longName = (first: string, octets: number): string => {
    const rest = octets - nameToWire(`${first}.example`).length;
    const labels: string[] = [];
    for (let left = rest; left > 0; left -= 64) labels.push(label("m", Math.min(left, 64) - 1));
    return [first, ...labels, "example"].join(".");
  };
  const tail = (name: string): string => name.slice(name.indexOf("."));
  const full = longName("abc", 255);
  const high = longName(String.raw`ab\255`, 255);
  const at = longName(String.raw`a\064`, 255);
  const rows: [name: string, next: string][] = [
    [longName("abc", 253), String.raw`\000.` + longName("abc", 253)],
    [longName("abc", 254), String.raw`abc\000` + tail(longName("abc", 254))],
    [full, `abd${tail(full)}`],
    [high, `ac${tail(high)}`],
    [at, `a[${tail(at)}`],
  ];
  test.each(rows)("DNS-E-06 %#: the next name is the first that could come", (name, next) => {
    const nsec = nsecOf(ask([zone], { name, type: TYPE.A }).authority);
    expect(nsec.next).toBe(next);
    expect(nsec.owner).toBe(name);
  });

  test("DNS-E-09 a cut whose label is full", () => {
    const cut = `${label("n", 63)}.example`;
    const cuts = withSigning(zoneOfText("example", `@ 60 SOA a b 1 2 3 4 5\n${cut}. 60 NS ns.example.net.\n`), signing);
    expect(nsecOf(ask([cuts], { name: `x.${cut}`, type: TYPE.A }).authority).next).toBe(`${label("n", 62)}o.example`);
  });

  test("a label of the highest octets is followed by what follows its parent", () => {
    const highest = String.raw`\255`.repeat(63);
    const cuts = withSigning(
      zoneOfText(
        "example",
        `@ 60 SOA a b 1 2 3 4 5\n${highest}.p 60 NS ns.example.net.\n${highest} 60 NS ns.example.net.\n`,
      ),
      signing,
    );
    const nextOf = (name: string): string => nsecOf(ask([cuts], { name, type: TYPE.DS }).authority).next;
    expect(nextOf(`${highest}.p.example`)).toBe(String.raw`p\000.example`);
    expect(nextOf(`${highest}.example`)).toBe("example");
  });
});

describe("DNS-E-15 delegations", () => {
  test("the DS records are signed, NS records and glue are not", () => {
    const reply = ask([zone], { name: "a.child.example", type: TYPE.A });
    expect(reply.authority.map(({ type, name }) => [type, name])).toEqual([
      [TYPE.NS, "child.example"],
      [TYPE.DS, "child.example"],
      [TYPE.RRSIG, "child.example"],
    ]);
    expect(reply.authoritative).toBe(false);
    const insecure = ask([zone], { name: "plain.example", type: TYPE.A });
    expect(insecure.authority.map(({ type }) => type)).toEqual([TYPE.NS, TYPE.NSEC, TYPE.RRSIG]);
    expect(insecure.additional.map(({ type }) => type)).toEqual([TYPE.A]);
  });
});

describe("DNS-C-08 size", () => {
  test("an answer that its signature makes too long is cut as a whole, and comes over TCP", () => {
    const asked = { name: "large.example", type: TYPE.TXT, udpSize: 1100 };
    expect(ask([zone], { ...asked, dnssecOk: false }, "udp").truncated).toBe(false);
    expect(ask([zone], asked, "udp")).toMatchObject({ truncated: true, answers: [], authority: [] });
    expect(ask([zone], asked, "tcp").answers).toHaveLength(2);
  });

  test("addresses beside the answer are left out with their signatures when they have no room", () => {
    const both = ask([zone], { name: "example", type: TYPE.NS }, "udp");
    expect(both.additional).toHaveLength(2);
    const small = ask([zone], { name: "example", type: TYPE.NS, udpSize: 512 }, "udp");
    expect(small.truncated).toBe(false);
    const few = signingWith(newKey(13, "both"), newKey(13, "both"), newKey(13, "both"));
    const tight = ask([withSigning(zone, few)], { name: "example", type: TYPE.NS, udpSize: 512 }, "udp");
    expect(tight).toMatchObject({ truncated: false, additional: [] });
    expect(tight.answers).toHaveLength(4);
  });
});

describe("zones at their limits", () => {
  const ways: [string, (origin: string, text: string) => Zone][] = [
    [
      "as it is asked",
      (origin, text) => withSigning(zoneOfText(origin, text, ...dnskeyRecords(origin, signing)), signing),
    ],
    ["as a whole", (origin, text) => zoneOf(origin, signZone(recordsOf(text, origin), signing, now))],
  ];

  test.each(ways)("the root zone, signed %s", (_, made) => {
    const rootText = "@ 60 SOA ns. h. 1 2 3 4 30\n@ 60 NS ns.\nns. 60 A 192.0.2.1\nexample. 60 NS ns.example.\n";
    const root = made(".", rootText);
    for (const name of [".", "ns", "none", "x.example", "example", String.raw`\255`])
      for (const type of [TYPE.A, TYPE.SOA, TYPE.TXT, TYPE.DNSKEY]) {
        const plain = ask([root], { name, type, dnssecOk: false });
        expect(
          proofProblem({ name, type }, ask([root], { name, type }), plain, ".", published(signing)),
          name,
        ).toBeUndefined();
      }
  });

  test.each(ways)("DNS-B-20 ANY over TCP with all RRsets has one signature of each, signed %s", (_, made) => {
    const several = made("example", "@ 60 SOA ns h 1 2 3 4 30\na 60 A 192.0.2.1\na 60 TXT x\na 60 TLSA 3 1 1 00\n");
    const query = queryOf({ name: "a.example", type: TYPE.ANY });
    const reply = parseMessage(answer(zoneSet([several]), query, "tcp", { now, anyOverTcp: "all" }) ?? query);
    const answers = reply.ok ? reply.value.answers : expect.fail(reply.problem);
    const covered = answers.flatMap(({ type, data }) => {
      const rrsig = type === TYPE.RRSIG ? readRrsig(data) : undefined;
      return rrsig?.ok ? [typeName(rrsig.value.typeCovered)] : [];
    });
    expect(covered.toSorted()).toEqual(
      answers.flatMap(({ type }) => (type === TYPE.RRSIG ? [] : [typeName(type)])).toSorted(),
    );
    expect(covered).toEqual(expect.arrayContaining(["A", "TXT", "TLSA"]));
  });

  test.each(ways)("R-24 any octets get a sound reply of bounded size, from a zone signed %s", (_, made) => {
    const zones = zoneSet([made("example", text)]);
    const names = ["www", "no", "a.plain", "child", "ent", "q.wild", "gone", "a.ren", "alias", "large"];
    const seed = fc
      .record({ label: fc.constantFrom(...names), type: fc.constantFrom<number>(...Object.values(TYPE)) })
      .map(({ label, type }) => queryOf({ name: `${label}.example`, type }));
    const mutated = fc
      .tuple(seed, fc.array(fc.tuple(fc.nat(60), fc.nat(255)), { maxLength: 3 }))
      .map(([query, changes]) => {
        for (const [at, octet] of changes) if (at !== 2 && at < query.length) query[at] = octet;
        return query;
      });
    fc.assert(
      fc.property(mutated, fc.constantFrom("udp", "tcp"), (query, transport) => {
        const reply = answer(zones, query, transport, { now }) ?? expect.fail("silence");
        const message = parseMessage(reply);
        expect(message.ok ? message.value.response : message.problem).toBe(true);
        if (transport === "udp") expect(reply.length).toBeLessThanOrEqual(1232);
      }),
      { numRuns: 2000 },
    );
  });
});
