import { describe, expect, test } from "vitest";
import { rdataText, readTxt, TYPE } from "chancery/dns";
import { parseFixture } from "./fixture.ts";
import { txtResolver } from "./resolve-txt.ts";
import type { Lookup, Resolution } from "./resolution.ts";

const json = JSON.stringify({
  "customer.example": {
    SOA: ["ns1.customer.example hostmaster.customer.example 1 3600 600 86400 120"],
    NS: ["ns1.customer.example.", "ns2.customer.example"],
    MX: ["10 mail.customer.example"],
    DS: ["12345 13 2 3b5c8f6f1e0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f6071829300"],
    A: "192.0.2.1",
    AAAA: ["2001:db8::1"],
    TXT: ["v=spf1 -all", "two"],
  },
  "S1._DomainKey.Customer.Example.": { CNAME: "s1.dkim.esp.example" },
  "s1.dkim.esp.example": { TXT: [`v=DKIM1; p=${"A".repeat(400)}`] },
  "split.example": { TXT: [["v=DKIM1; ", "p=ü"]] },
  "both.example": { CNAME: "s1.dkim.esp.example", TXT: ["own"] },
  "dangling.example": { CNAME: "gone.dkim.esp.example" },
  "loop.example": { CNAME: "loop2.example" },
  "loop2.example": { CNAME: "loop.example" },
  "broken.example": { error: "SERVFAIL" },
  "slow.example": { error: "TIMEOUT" },
  "to-slow.example": { CNAME: "slow.example" },
  "*.wild.example": { TXT: ["anything"] },
  "a.ent.wild.example": { TXT: ["x"] },
  ...Object.fromEntries(
    Array.from({ length: 20 }, (_, index) => [`c${index}.example`, { CNAME: `c${index + 1}.example` }]),
  ),
});
const zoneFile = `
$ORIGIN customer.example.
@ 600 IN SOA ns1 hostmaster 1 3600 600 86400 120
s1._domainkey IN CNAME s1.dkim.esp.example.
s1.dkim.esp.example. 60 IN TXT "v=DKIM1; " "p=abc"
`;

function fixture(text: string): Lookup {
  const parsed = parseFixture(text);
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.value;
}
const texts = (resolution: Resolution): string[] => resolution.records.map((record) => readTxt(record.data).join(""));

describe("--dns FILE", () => {
  const cases: [name: string, type: number, expected: object][] = [
    [
      "s1._domainkey.customer.example",
      TYPE.TXT,
      { outcome: "present", finalName: "s1.dkim.esp.example", aliases: [{ target: "s1.dkim.esp.example" }] },
    ],
    ["s1._domainkey.customer.example", TYPE.CNAME, { outcome: "present", aliases: [] }],
    ["not-listed.customer.example", TYPE.TXT, { outcome: "absent", reason: "nxdomain", negativeTtl: 120 }],
    ["not-listed.example", TYPE.TXT, { outcome: "absent", reason: "nxdomain" }],
    ["_domainkey.customer.example", TYPE.TXT, { outcome: "absent", reason: "nodata" }],
    ["example", TYPE.TXT, { outcome: "absent", reason: "nodata" }],
    [".", TYPE.TXT, { outcome: "absent", reason: "nodata" }],
    ["s1.dkim.esp.example", TYPE.A, { outcome: "absent", reason: "nodata" }],
    ["dangling.example", TYPE.TXT, { outcome: "absent", reason: "nxdomain", finalName: "gone.dkim.esp.example" }],
    ["loop.example", TYPE.TXT, { outcome: "unknown", reason: "alias-loop" }],
    ["c0.example", TYPE.TXT, { outcome: "unknown", reason: "alias-chain-too-long" }],
    ["c8.example", TYPE.TXT, { outcome: "absent", reason: "nxdomain", finalName: "c20.example" }],
    ["broken.example", TYPE.TXT, { outcome: "unknown", reason: "servfail" }],
    ["to-slow.example", TYPE.TXT, { outcome: "unknown", reason: "timeout", finalName: "slow.example" }],
    ["any.wild.example", TYPE.TXT, { outcome: "present", records: [{ name: "any.wild.example" }] }],
    ["b.ent.wild.example", TYPE.TXT, { outcome: "absent", reason: "nxdomain" }],
    ["ent.wild.example", TYPE.TXT, { outcome: "absent", reason: "nodata" }],
  ];
  test.each(cases)("%s type %i", async (name, type, expected) => {
    expect(await fixture(json).lookup(name, type)).toMatchObject(expected);
  });

  test("a CNAME beside TXT is served as both", async () => {
    const resolution = await fixture(json).lookup("both.example", TYPE.TXT);
    expect(resolution).toMatchObject({
      finalName: "both.example",
      aliases: [{ name: "both.example", target: "s1.dkim.esp.example" }],
    });
    expect(texts(resolution)).toEqual(["own"]);
  });

  const types: [type: number, text: string[]][] = [
    [TYPE.NS, ["ns1.customer.example.", "ns2.customer.example."]],
    [TYPE.MX, ["10 mail.customer.example."]],
    [TYPE.A, ["192.0.2.1"]],
    [TYPE.AAAA, ["2001:db8::1"]],
    [TYPE.SOA, ["ns1.customer.example. hostmaster.customer.example. 1 3600 600 86400 120"]],
  ];
  test.each(types)("type %i is written as in a master file", async (type, text) => {
    const { records } = await fixture(json).lookup("customer.example", type);
    expect(records.map((record) => rdataText(type, record.data))).toEqual(text);
  });

  test("a master file does as well, with its own TTLs", async () => {
    const resolution = await fixture(zoneFile).lookup("s1._domainkey.customer.example", TYPE.TXT);
    expect(texts(resolution)).toEqual(["v=DKIM1; p=abc"]);
    expect(resolution).toMatchObject({ aliases: [{ ttl: 600 }], records: [{ ttl: 60 }] });
  });

  test.each([
    ['{"a..b": {}}', /empty label/],
    ['{"a": {"BOGUS": ["x"]}}', /BOGUS/],
    ['{"a": {"A": ["1.2.3"]}}', /A/],
    ['{"a": {"error": "REFUSED"}}', /SERVFAIL/],
    ['{"a": 1}', /object/],
    ['{"a": {"TXT": [1]}}', /text/],
    ["{", /JSON/],
    ["a.example. IN BOGUS x", /BOGUS|type/],
  ])("%s is refused", (text, problem) => {
    expect(parseFixture(text)).toMatchObject({ ok: false, problem: expect.stringMatching(problem) });
  });
});

describe("resolveTxt over a lookup", () => {
  const resolveTxt = txtResolver(fixture(json));

  test("gives the strings of each record, as node:dns does", async () => {
    expect(await resolveTxt("customer.example")).toEqual([["v=spf1 -all"], ["two"]]);
    expect(await resolveTxt("split.example")).toEqual([["v=DKIM1; ", "p=Ã¼"]]);
    expect((await resolveTxt("S1._domainkey.customer.example."))[0]?.map((string) => string.length)).toEqual([
      255, 156,
    ]);
  });

  test.each([
    ["not-listed.example", "ENOTFOUND"],
    ["_domainkey.customer.example", "ENODATA"],
    ["dangling.example", "ENOTFOUND"],
    ["broken.example", "ESERVFAIL"],
    ["loop.example", "ESERVFAIL"],
    ["c0.example", "ESERVFAIL"],
    ["to-slow.example", "ETIMEOUT"],
    ["a..b", "ENOTFOUND"],
  ])("DKIM-K-22 DKIM-K-23 %s fails with %s", async (name, code) => {
    await expect(resolveTxt(name)).rejects.toMatchObject({ code, hostname: name });
  });
});

test("a file lists the names that records were made for, not those of its name servers", () => {
  const parsed = parseFixture(
    '$ORIGIN a.example.\n@ NS ns1\n@ NS both\nns1 A 192.0.2.1\nboth A 192.0.2.2\nboth TXT "x"\nhost A 192.0.2.3\n',
  );
  expect(parsed.ok && parsed.value.namesListed).toEqual(["a.example", "both.a.example", "host.a.example"]);
});

describe("AUD-D-08 what a zone file hides below its cuts", () => {
  const zone = (text: string): string =>
    `$ORIGIN customer.example.\n@ 3600 SOA ns1 host 1 2 3 4 5\n@ NS ns1\nns1 A 192.0.2.1\n${text}`;
  const hidden = (text: string): unknown => {
    const parsed = parseFixture(text);
    if (!parsed.ok) throw new Error(parsed.problem);
    return parsed.value.zone?.occluded;
  };
  const cut = "_domainkey.customer.example";

  test("records that stayed when their branch was delegated", () => {
    expect(hidden(zone(`_domainkey NS ns.esp.test.\n_domainkey TXT "o=~"\ngoogle._domainkey TXT "k"\n`))).toEqual([
      { name: cut, cut },
      { name: `google.${cut}`, cut },
    ]);
  });

  test.each([
    ["no cut at all", zone(`google._domainkey TXT "k"\n`), []],
    ["glue, which belongs there", zone("_domainkey NS ns._domainkey\nns._domainkey A 192.0.2.9\n"), []],
    ["a DS record at the cut", zone("_domainkey NS ns.esp.test.\n_domainkey DS 1 13 2 00\n"), []],
    [
      "a child zone in the same file",
      zone(`_domainkey SOA ns1 host 1 2 3 4 5\n_domainkey NS ns1\ns1._domainkey TXT "k"\n`),
      [],
    ],
    [
      "a file that does not say where its zone begins",
      `_domainkey.a.example. NS ns.b.example.\ns1._domainkey.a.example. TXT "k"\n`,
      [],
    ],
    [
      "JSON, which is no zone",
      JSON.stringify({ [cut]: { NS: ["ns.esp.test"] }, [`s1.${cut}`]: { TXT: ["k"] } }),
      undefined,
    ],
  ])("nothing: %s", (_title, text, occluded) => {
    expect(hidden(text)).toEqual(occluded);
  });
});

test("a DNAME makes aliases of the names below it, and of no others", async () => {
  const dns = fixture(`old.a.example. DNAME new.b.example.\ns1.new.b.example. TXT "k"\n`);
  const below = await dns.lookup("s1.old.a.example", TYPE.TXT);
  expect([below.finalName, texts(below)]).toEqual(["s1.new.b.example", ["k"]]);
  expect(below.aliases).toMatchObject([{ name: "s1.old.a.example", target: "s1.new.b.example" }]);
  expect(await dns.lookup("old.a.example", TYPE.TXT)).toMatchObject({
    outcome: "absent",
    reason: "nodata",
    aliases: [],
  });
});

test("a DNAME that leads below itself ends", async () => {
  const dns = fixture("a.example. DNAME a.a.example.\n");
  expect((await dns.lookup("s1.a.example", TYPE.TXT)).outcome).toBe("unknown");
});
