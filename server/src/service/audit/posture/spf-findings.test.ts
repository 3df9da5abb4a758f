import { describe, expect, test } from "vitest";
import { found, sound, soundBut, type World, type Zone } from "./findings.fixture.ts";

const spf = (...texts: string[]): Zone => ({ TXT: texts, MX: "10 mail.example.com" });
const includes = (count: number): Zone => ({
  "example.com": spf(`v=spf1 ${Array.from({ length: count }, (_, at) => `include:s${at}.esp.example`).join(" ")} -all`),
  ...Object.fromEntries(
    Array.from({ length: count }, (_, at) => [`s${at}.esp.example`, { TXT: "v=spf1 ip4:192.0.2.1 -all" }]),
  ),
});

test.each<[title: string, changes: Zone, expected: string[]]>([
  ["SPF-03 no record", { "example.com": spf("v=spf10 -all") }, ["SpfMissing low example.com"]],
  ["SPF-04 two records", { "example.com": spf("v=spf1 mx -all", "v=spf1 a -all") }, ["SpfMultiple medium example.com"]],
  ["SPF-11 a syntax error", { "example.com": spf("v=spf1 mx -alll") }, ["SpfMalformed medium example.com"]],
  ["SPF-06 ten look-ups are allowed", includes(10), []],
  ["SPF-06 eleven are not", includes(11), ["SpfTooManyLookups medium example.com"]],
  [
    "SPF-07 two names without an address are allowed",
    { "example.com": spf("v=spf1 a:x.example.com a:y.example.com -all") },
    [],
  ],
  [
    "SPF-07 three are not",
    { "example.com": spf("v=spf1 a:x.example.com a:y.example.com a:z.example.com -all") },
    ["SpfTooManyLookups medium example.com"],
  ],
  [
    "SPF-09 an include that leads to no record",
    { "example.com": spf("v=spf1 include:mail.example.com -all") },
    ["SpfIncludeBroken medium mail.example.com"],
  ],
  [
    "SPF-09 a record further down with a syntax error",
    {
      "example.com": spf("v=spf1 include:a.esp.example -all"),
      "a.esp.example": { TXT: "v=spf1 include:b.esp.example -all" },
      "b.esp.example": { TXT: "v=spf1 ip4:192.0.2 -all" },
    },
    ["SpfIncludeBroken medium b.esp.example"],
  ],
  ["a loop", { "example.com": spf("v=spf1 include:example.com -all") }, ["SpfIncludeBroken medium example.com"]],
  ["+all", { "example.com": spf("v=spf1 mx +all") }, ["SpfPassesAll medium example.com"]],
  ["all without a sign is +all", { "example.com": spf("v=spf1 all") }, ["SpfPassesAll medium example.com"]],
  ["every IPv4 address", { "example.com": spf("v=spf1 ip4:0.0.0.0/0 -all") }, ["SpfPassesAll medium example.com"]],
  [
    "an include that passes everybody",
    { "example.com": spf("v=spf1 include:a.esp.example -all"), "a.esp.example": { TXT: "v=spf1 +all" } },
    ["SpfPassesAll medium example.com"],
  ],
  [
    "an include that passes everybody but is not asked for a pass",
    { "example.com": spf("v=spf1 ?include:a.esp.example -all"), "a.esp.example": { TXT: "v=spf1 +all" } },
    [],
  ],
  ["+all behind -all never counts", { "example.com": spf("v=spf1 mx -all +all") }, []],
  ["?all", { "example.com": spf("v=spf1 mx ?all") }, ["SpfOpenEnded low example.com"]],
  ["no all", { "example.com": spf("v=spf1 mx") }, ["SpfOpenEnded low example.com"]],
  ["~all is an end", { "example.com": spf("v=spf1 mx ~all") }, []],
  [
    "a redirect to an end is one",
    { "example.com": spf("v=spf1 redirect=a.esp.example"), "a.esp.example": { TXT: "v=spf1 mx -all" } },
    [],
  ],
  [
    "a redirect to a record without one",
    { "example.com": spf("v=spf1 redirect=a.esp.example"), "a.esp.example": { TXT: "v=spf1 ip4:192.0.2.1" } },
    ["SpfOpenEnded low example.com"],
  ],
  ["ptr", { "example.com": spf("v=spf1 ptr -all") }, ["SpfUsesPtr low example.com"]],
  [
    "AUD-D-13 an include of a domain that nobody has registered",
    { "example.com": spf("v=spf1 include:_spf.gone.example -all") },
    ["TakeoverRisk critical _spf.gone.example"],
  ],
  [
    "AUD-D-13 the same further down",
    {
      "example.com": spf("v=spf1 include:a.esp.example -all"),
      "a.esp.example": { TXT: "v=spf1 a:mail.gone.example include:gone.example ~all" },
    },
    ["TakeoverRisk critical mail.gone.example"],
  ],
  [
    "AUD-D-13 a name missing below a registered domain is its owner's to mend",
    { "example.com": spf("v=spf1 include:_spf.esp.example -all"), "esp.example": { A: "192.0.2.1" } },
    ["SpfIncludeBroken medium _spf.esp.example"],
  ],
  [
    "AUD-D-14 no answer is no proof",
    {
      "example.com": spf("v=spf1 include:_spf.esp.example -all"),
      "esp.example": { error: "SERVFAIL" },
      "_spf.esp.example": { error: "SERVFAIL" },
    },
    ["Undetermined low _spf.esp.example"],
  ],
  ["SPF-13 no answer", { "example.com": { error: "SERVFAIL" } }, ["Undetermined low example.com"]],
])("%s", async (_title, changes, expected) => {
  expect(await found(soundBut(changes), { selectors: ["s1"] })).toEqual(expected);
});

describe("a known provider's include", () => {
  const zone = soundBut({ "example.com": spf("v=spf1 include:_spf.esp.example -all") });
  const isProviderName = (name: string): boolean => name.endsWith("esp.example");
  const world = (dns: "file" | "network"): World => ({ selectors: ["s1"], isProviderName, evidence: { dns } });

  test("is no takeover, whatever DNS says, and a file need not hold it", async () => {
    expect(await found(zone, world("file"))).toEqual([]);
  });
  test("that the network does not have is broken", async () => {
    expect(await found(zone, world("network"))).toEqual(["SpfIncludeBroken medium _spf.esp.example"]);
  });
});

test("a file need not hold the records of others, of whom it lists nothing", async () => {
  const zone = soundBut({ "example.com": spf("v=spf1 include:_spf.example.net -all") });
  expect(await found(zone, { selectors: ["s1"], evidence: { dns: "file" } })).toEqual([]);
  expect(
    await found({ ...zone, "example.net": { A: "192.0.2.1" } }, { selectors: ["s1"], evidence: { dns: "file" } }),
  ).toEqual(["SpfIncludeBroken medium _spf.example.net"]);
  expect(await found(zone, { selectors: ["s1"] })).toEqual(["SpfIncludeBroken medium _spf.example.net"]);
});

test("what a file does not show needs evidence", async () => {
  const more: World["more"] = { shown: { apex: false, dmarc: false } };
  expect(await found({ "s1._domainkey.example.com": { TXT: "v=DKIM1; p=" } }, { more })).toEqual([]);
  expect(await found(sound, { more })).toEqual([]);
});
