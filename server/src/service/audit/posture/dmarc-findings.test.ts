import { describe, expect, test } from "vitest";
import { auditZone, found, keyRecord, sound, soundBut, type World, type Zone } from "./findings.fixture.ts";

const dmarc = (...texts: string[]): Zone => soundBut({ "_dmarc.example.com": { TXT: texts } });
const rua = "rua=mailto:dmarc@example.com";

test("nothing is to be found of a domain as it should be", async () => {
  expect(await found(sound, { selectors: ["s1"] })).toEqual([]);
});

test.each<[title: string, zone: Zone, expected: string[]]>([
  ["DMARC-P-18 no record", soundBut({ "_dmarc.example.com": undefined }), ["DmarcMissing medium _dmarc.example.com"]],
  ["another text is none", dmarc("v=spf1 -all"), ["DmarcMissing medium _dmarc.example.com"]],
  ["a record beside other texts", dmarc("other", `v=DMARC1; p=reject; ${rua}`), []],
  [
    "DMARC-P-03 two records",
    dmarc(`v=DMARC1; p=none; ${rua}`, `v=DMARC1; p=reject; ${rua}`),
    ["DmarcMultiple medium _dmarc.example.com"],
  ],
  ["DMARC-P-02 lower case", dmarc("v=dmarc1; p=reject"), ["DmarcMalformed medium _dmarc.example.com"]],
  ["the version left out", dmarc(`p=reject; ${rua}`), ["DmarcMalformed medium _dmarc.example.com"]],
  ["pasted with quotes", dmarc('"v=DMARC1; p=reject"'), ["DmarcMalformed medium _dmarc.example.com"]],
  [
    "DMARC-P-08 a policy that cannot be read, with reports",
    dmarc(`v=DMARC1; p=rejct; ${rua}`),
    ["DmarcMalformed medium _dmarc.example.com", "DmarcNotEnforcing low _dmarc.example.com"],
  ],
  [
    "DMARC-P-08 a policy that cannot be read, without",
    dmarc("v=DMARC1; p=rejct"),
    ["DmarcMalformed medium _dmarc.example.com", "DmarcWithoutReports low _dmarc.example.com"],
  ],
  [
    "DMARC-P-04 a tag that cannot be read",
    dmarc(`v=DMARC1; p=reject; adkim=x; ${rua}`),
    ["DmarcMalformed low _dmarc.example.com"],
  ],
  ["a tag that nobody knows", dmarc(`v=DMARC1; p=reject; rau=x; ${rua}`), ["DmarcMalformed low _dmarc.example.com"]],
  [
    "DMARC-P-18 the record at the domain itself",
    soundBut({
      "_dmarc.example.com": undefined,
      "example.com": { TXT: ["v=spf1 mx -all", "v=DMARC1; p=reject"], MX: "10 mail.example.com" },
    }),
    ["DmarcMisplaced medium _dmarc.example.com"],
  ],
  [
    "a copy at the domain itself beside the right one",
    soundBut({ "example.com": { TXT: ["v=spf1 mx -all", "v=DMARC1; p=reject"], MX: "10 mail.example.com" } }),
    [],
  ],
  ["p=none", dmarc(`v=DMARC1; p=none; ${rua}`), ["DmarcNotEnforcing low _dmarc.example.com"]],
  ["p=quarantine enforces", dmarc(`v=DMARC1; p=quarantine; ${rua}`), []],
  [
    "DMARC-P-12 a test of quarantine asks for nothing",
    dmarc(`v=DMARC1; p=quarantine; t=y; ${rua}`),
    ["DmarcNotEnforcing low _dmarc.example.com"],
  ],
  ["DMARC-P-12 a test of reject still quarantines", dmarc(`v=DMARC1; p=reject; t=y; ${rua}`), []],
  ["DMARC-P-18 no reports", dmarc("v=DMARC1; p=reject"), ["DmarcWithoutReports low _dmarc.example.com"]],
  [
    "DMARC-P-18 sp weaker than p",
    dmarc(`v=DMARC1; p=reject; sp=none; ${rua}`),
    ["DmarcSubdomainWeaker medium _dmarc.example.com"],
  ],
  [
    "np weaker than p",
    dmarc(`v=DMARC1; p=reject; np=quarantine; ${rua}`),
    ["DmarcSubdomainWeaker medium _dmarc.example.com"],
  ],
  ["sp as strong as p", dmarc(`v=DMARC1; p=quarantine; sp=reject; ${rua}`), []],
  [
    "DMARC-P-13 a removed tag",
    dmarc(`v=DMARC1; p=reject; pct=50; ${rua}`),
    ["DmarcObsoleteTag low _dmarc.example.com"],
  ],
  [
    "DMARC-P-18 a wildcard over all names",
    soundBut({ "*.example.com": { TXT: "v=DMARC1; p=none" } }),
    ["DmarcWildcard low *.example.com"],
  ],
  ["a wildcard of other texts", soundBut({ "*.example.com": { TXT: "v=spf1 -all" } }), []],
  [
    "reports to another organization that does not want them",
    soundBut({
      "_dmarc.example.com": {
        TXT: "v=DMARC1; p=reject; rua=mailto:a@reports.example.net,mailto:b@reports.example.net",
      },
      "example.net": { A: "192.0.2.9" },
    }),
    ["ReportsUnauthorised medium example.com._report._dmarc.reports.example.net"],
  ],
  [
    "reports to another organization that wants them from everybody",
    soundBut({
      "_dmarc.example.com": { TXT: "v=DMARC1; p=reject; rua=mailto:a@reports.example.net" },
      "*._report._dmarc.reports.example.net": { TXT: "v=DMARC1" },
    }),
    [],
  ],
  [
    "whether reports are wanted is not known",
    soundBut({
      "_dmarc.example.com": { TXT: "v=DMARC1; p=reject; rua=mailto:a@example.net" },
      "example.com._report._dmarc.example.net": { error: "SERVFAIL" },
    }),
    [],
  ],
  [
    "AUD-D-13 reports to a domain that nobody has registered",
    dmarc("v=DMARC1; p=reject; rua=mailto:a@in.gone.example"),
    ["TakeoverRisk critical in.gone.example"],
  ],
  [
    "DMARC-T-12 no answer",
    soundBut({ "_dmarc.example.com": { error: "TIMEOUT" } }),
    ["Undetermined low _dmarc.example.com"],
  ],
])("%s", async (_title, zone, expected) => {
  expect(await found(zone, { selectors: ["s1"] })).toEqual(expected);
});

test("one finding for each host that reports go to, and it says whose they are", async () => {
  const rua = "mailto:a@reports.example.net,mailto:b@reports.example.net,mailto:c@example.org";
  const zone = soundBut({ "_dmarc.example.com": { TXT: `v=DMARC1; p=reject; rua=${rua}` } });
  const { findings } = await auditZone(zone, { selectors: ["s1"] });
  expect(findings.map(({ summary }) => summary)).toEqual([
    "rua= sends reports on example.com to reports.example.net, and reports.example.net does not say that it wants them",
    "rua= sends reports on example.com to example.org, and example.org does not say that it wants them",
  ]);
});

test("DMARC-T-15 no answer on the way up is no difference", async () => {
  expect(await found(soundBut({ "_dmarc.com": { error: "SERVFAIL" } }), { selectors: ["s1"] })).toEqual([]);
  const zone = {
    "_dmarc.news.example.com": { TXT: "v=DMARC1; p=reject; rua=mailto:a@news.example.com" },
    "_dmarc.example.com": { error: "SERVFAIL" },
  };
  expect(
    await found(
      { ...zone, "news.example.com": { TXT: "v=spf1 mx -all", MX: "10 news.example.com", A: "192.0.2.1" } },
      { domain: "news.example.com" },
    ),
  ).toEqual([]);
});

test("AUD-D-13 an alias to a domain that nobody has registered", async () => {
  const alone = soundBut({ "_dmarc.example.com": { CNAME: "example.com.dmarc.gone.example" } });
  expect(await found(alone, { selectors: ["s1"] })).toEqual(["TakeoverRisk critical example.com.dmarc.gone.example"]);
  const held = soundBut({
    "_dmarc.example.com": { CNAME: "example.com.dmarc.esp.example" },
    "esp.example": { A: "192.0.2.1" },
  });
  expect(await found(held, { selectors: ["s1"] })).toEqual(["DmarcMissing medium _dmarc.example.com"]);
  const zone = soundBut({
    "_dmarc.example.com": {
      CNAME: "example.com.dmarc.gone.example",
      TXT: "v=DMARC1; p=reject; rua=mailto:a@example.com",
    },
  });
  expect(await found(zone, { selectors: ["s1"] })).toEqual(["TakeoverRisk critical example.com.dmarc.gone.example"]);
});

describe("a subdomain", () => {
  const zone: Zone = soundBut({
    "news.example.com": { TXT: "v=spf1 ip4:192.0.2.0/24 -all", A: "192.0.2.1" },
    "s1._domainkey.news.example.com": { TXT: keyRecord },
  });
  const of = (changes: Zone, world: World = {}) =>
    found({ ...zone, ...changes }, { domain: "news.example.com", selectors: ["s1"], ...world });

  test.each<[title: string, changes: Zone, expected: string[]]>([
    ["the organization's policy is for it, too", {}, []],
    [
      "sp=none leaves it open",
      { "_dmarc.example.com": { TXT: `v=DMARC1; p=reject; sp=none; ${rua}` } },
      ["DmarcNotEnforcing low _dmarc.example.com", "DmarcSubdomainWeaker medium _dmarc.example.com"],
    ],
    [
      "DMARC-P-10 sp= of its own record has no effect",
      { "_dmarc.news.example.com": { TXT: `v=DMARC1; p=reject; sp=none; ${rua}` } },
      [],
    ],
    [
      "DMARC-T-15 a record with psd=n makes it an organization, which the old standard does not see",
      { "_dmarc.news.example.com": { TXT: `v=DMARC1; p=reject; psd=n; rua=mailto:dmarc@news.example.com` } },
      ["PolicyWalkDiffers low _dmarc.news.example.com"],
    ],
    [
      "a policy that cannot be used, above it",
      { "_dmarc.example.com": { TXT: "V=DMARC 1; p=reject" } },
      ["DmarcMalformed medium _dmarc.example.com"],
    ],
  ])("%s", async (_title, changes, expected) => {
    expect(await of(changes)).toEqual(expected);
  });

  test("DMARC-T-15 a name in a zone whose parent's record takes it in", async () => {
    const zone: Zone = {
      "_dmarc.co.uk": { TXT: `v=DMARC1; p=reject; rua=mailto:a@co.uk` },
      "shop.co.uk": { TXT: "v=spf1 ip4:192.0.2.1 -all", MX: "10 mail.shop.co.uk" },
      "mail.shop.co.uk": { A: "192.0.2.1" },
    };
    expect(await found(zone, { domain: "shop.co.uk" })).toEqual(["PolicyWalkDiffers low _dmarc.shop.co.uk"]);
  });
});

describe("DMARC-E-15 reject without a key", () => {
  const zone = soundBut({ "s1._domainkey.example.com": undefined });
  const discovery = (domainkeyNode: "nxdomain" | "exists" | "unknown") => ({
    discovery: { domainkeyNode, namesTried: 0 },
  });
  test.each<[title: string, zone: Zone, world: World, expected: string[]]>([
    [
      "there is no selector at all",
      zone,
      { evidence: discovery("nxdomain") },
      ["DmarcRejectWithoutDkim medium _domainkey.example.com"],
    ],
    ["nobody knows whether there is one", zone, { evidence: discovery("unknown") }, []],
    ["there is one somewhere", zone, { evidence: discovery("exists") }, []],
    [
      "what is missing was expected, and has a finding of its own",
      zone,
      { evidence: discovery("nxdomain"), expectations: { selectors: ["s1"] } },
      [],
    ],
    [
      "quarantine does not refuse",
      { ...zone, "_dmarc.example.com": { TXT: `v=DMARC1; p=quarantine; ${rua}` } },
      { evidence: discovery("nxdomain") },
      [],
    ],
    [
      "a parked domain need not sign",
      { "example.com": { TXT: "v=spf1 -all", MX: "0 ." }, "_dmarc.example.com": { TXT: "v=DMARC1; p=reject" } },
      { evidence: discovery("nxdomain") },
      [],
    ],
  ])("%s", async (_title, records, world, expected) => {
    expect(await found(records, world)).toEqual(expected);
  });
});
