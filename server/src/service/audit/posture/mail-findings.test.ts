import { describe, expect, test } from "vitest";
import { auditZone, found, keyRecord, soundBut, type World, type Zone } from "./findings.fixture.ts";

const withMx = (...MX: string[]): Zone => ({ TXT: "v=spf1 ip4:192.0.2.1 -all", MX });

test.each<[title: string, changes: Zone, expected: string[]]>([
  [
    "an exchanger without an address",
    { "example.com": withMx("10 gone.example.com") },
    ["MxUnresolvable medium example.com"],
  ],
  [
    "an exchanger of others that has none",
    { "example.com": withMx("10 mx.gone.example") },
    ["MxUnresolvable medium example.com"],
  ],
  [
    "an address in the place of a name",
    { "example.com": withMx("10 192.0.2.1") },
    ["MxUnresolvable medium example.com"],
  ],
  [
    "an exchanger that is an alias",
    { "example.com": withMx("10 alias.example.com"), "alias.example.com": { CNAME: "mail.example.com" } },
    ["MxIsAlias low example.com"],
  ],
  [
    "an exchanger that nobody knows about",
    { "example.com": withMx("10 slow.example.com"), "slow.example.com": { error: "TIMEOUT" } },
    ["Undetermined low slow.example.com"],
  ],
  [
    "a null MX beside another",
    { "example.com": withMx("0 .", "10 mail.example.com") },
    ["NullMxMixed low example.com"],
  ],
  ["a null MX of a domain that sends", { "example.com": withMx("0 .") }, ["NullMxMixed low example.com"]],
  ["no MX at all", { "example.com": { TXT: "v=spf1 ip4:192.0.2.1 -all", A: "192.0.2.1" } }, []],
])("%s", async (_title, changes, expected) => {
  expect(await found(soundBut(changes), { selectors: ["s1"] })).toEqual(expected);
});

test("a file of one's own zone need not hold the exchangers of others", async () => {
  const world: World = { selectors: ["s1"], evidence: { dns: "file" } };
  expect(await found(soundBut({ "example.com": withMx("10 mx.esp.example") }), world)).toEqual([]);
  expect(await found(soundBut({ "example.com": withMx("10 gone.example.com") }), world)).toEqual([
    "MxUnresolvable medium example.com",
  ]);
});

describe("ParkedUnprotected", () => {
  const reject = { "_dmarc.example.com": { TXT: "v=DMARC1; p=reject" } };
  test.each<[title: string, zone: Zone, world: World, expected: string[]]>([
    ["nothing at all", { "example.com": { A: "192.0.2.1" } }, {}, ["ParkedUnprotected medium example.com"]],
    ["a null MX alone", { "example.com": { MX: "0 ." } }, {}, ["ParkedUnprotected medium example.com"]],
    ["SPF alone", { "example.com": { MX: "0 .", TXT: "v=spf1 -all" } }, {}, ["ParkedUnprotected medium example.com"]],
    [
      "~all refuses nobody",
      { "example.com": { MX: "0 .", TXT: "v=spf1 ~all" }, ...reject },
      {},
      ["ParkedUnprotected medium example.com"],
    ],
    [
      "quarantine is not enough",
      { "example.com": { MX: "0 .", TXT: "v=spf1 -all" }, "_dmarc.example.com": { TXT: "v=DMARC1; p=quarantine" } },
      {},
      ["ParkedUnprotected medium example.com"],
    ],
    ["protected", { "example.com": { MX: "0 .", TXT: "v=spf1 -all" }, ...reject }, {}, []],
    [
      "protected by a redirect to a record that refuses all",
      {
        "example.com": { TXT: "v=spf1 redirect=none.example.net" },
        "none.example.net": { TXT: "v=spf1 -all" },
        ...reject,
      },
      {},
      [],
    ],
    [
      "a redirect to a record that does not",
      {
        "example.com": { TXT: "v=spf1 redirect=none.example.net" },
        "none.example.net": { TXT: "v=spf1 ?all" },
        ...reject,
      },
      {},
      ["ParkedUnprotected medium example.com", "SpfOpenEnded low example.com"],
    ],
    [
      "what a redirect leads to may let someone send, where nobody knows",
      {
        "example.com": { TXT: "v=spf1 redirect=slow.example.net" },
        "slow.example.net": { error: "TIMEOUT" },
        ...reject,
      },
      {},
      ["DmarcWithoutReports low _dmarc.example.com", "Undetermined low slow.example.net"],
    ],
    [
      "protected by the organization's policy",
      { "a.example.com": { MX: "0 .", TXT: "v=spf1 -all" }, ...reject },
      { domain: "a.example.com" },
      [],
    ],
    [
      "protected, with every selector revoked",
      {
        "example.com": { MX: "0 .", TXT: "v=spf1 -all" },
        ...reject,
        "*._domainkey.example.com": { TXT: "v=DKIM1; p=" },
      },
      { selectors: ["anything"] },
      [],
    ],
    [
      "a domain that has a key sends",
      { "example.com": { A: "192.0.2.1" }, "s1._domainkey.example.com": { TXT: keyRecord }, ...reject },
      { selectors: ["s1"] },
      ["DmarcWithoutReports low _dmarc.example.com", "SpfMissing low example.com"],
    ],
    [
      "a domain whose SPF record names someone sends",
      { "example.com": { TXT: "v=spf1 a -all", A: "192.0.2.1" }, ...reject },
      {},
      ["DmarcWithoutReports low _dmarc.example.com"],
    ],
    [
      "a domain with an expected selector sends",
      { "example.com": { A: "192.0.2.1" }, ...reject },
      { selectors: ["s1"], expectations: { selectors: ["s1"] } },
      ["DmarcWithoutReports low _dmarc.example.com", "SpfMissing low example.com"],
    ],
    [
      "a domain that takes mail is not parked",
      { "example.com": { MX: "10 mail.example.com" }, "mail.example.com": { A: "192.0.2.1" }, ...reject },
      {},
      ["DmarcWithoutReports low _dmarc.example.com", "SpfMissing low example.com"],
    ],
    [
      "a selector without an answer may be one that sends",
      { "example.com": { A: "192.0.2.1" }, "s1._domainkey.example.com": { error: "TIMEOUT" }, ...reject },
      { selectors: ["s1"] },
      ["DmarcWithoutReports low _dmarc.example.com", "SpfMissing low example.com"],
    ],
    [
      "its owner says so, and a key is left",
      { "example.com": { MX: "0 .", TXT: "v=spf1 -all" }, ...reject, "s1._domainkey.example.com": { TXT: keyRecord } },
      { selectors: ["s1"], expectations: { parked: true } },
      ["ParkedUnprotected medium example.com"],
    ],
    ["a name that does not exist", {}, {}, ["DomainMissing medium example.com"]],
    ["no answer", { "example.com": { error: "SERVFAIL" } }, {}, ["Undetermined low example.com"]],
  ])("%s", async (_title, zone, world, expected) => {
    expect((await found(zone, world)).filter((line) => !line.startsWith("DmarcMissing"))).toEqual(expected);
  });
});

describe("MTA-STS", () => {
  const record = { "_mta-sts.example.com": { TXT: "v=STSv1; id=1" }, "mta-sts.example.com": { A: "192.0.2.1" } };
  const policy = (mode: string, mx: string) => `version: STSv1\nmode: ${mode}\nmx: ${mx}\nmax_age: 86400\n`;
  const served = (text: string): World["more"] => ({ fetchPolicy: () => Promise.resolve({ state: "fetched", text }) });
  test.each<[title: string, changes: Zone, more: World["more"], expected: string[]]>([
    ["sound", record, served(policy("enforce", "mail.example.com")), []],
    ["sound, by a wildcard", record, served(policy("enforce", "*.example.com")), []],
    [
      "STS-05 an exchanger is left out",
      record,
      served(policy("enforce", "mx.example.com")),
      ["MtaStsMxMismatch medium example.com"],
    ],
    ["STS-05 in testing", record, served(policy("testing", "mx.example.com")), ["MtaStsMxMismatch low example.com"]],
    ["STS-06 none lets all through", record, served("version: STSv1\nmode: none\nmax_age: 1"), []],
    ["STS-03 a policy that cannot be read", record, served("<html>"), ["MtaStsPolicyBroken low mta-sts.example.com"]],
    [
      "STS-02 a redirect",
      record,
      { fetchPolicy: () => Promise.resolve({ state: "refused", problem: "it redirects" }) },
      ["MtaStsPolicyBroken low mta-sts.example.com"],
    ],
    [
      "a host that was not reached",
      record,
      { fetchPolicy: () => Promise.resolve({ state: "unknown", reason: "timeout" }) },
      [],
    ],
    ["nothing was fetched", record, {}, []],
    [
      "STS-01 two records",
      { "_mta-sts.example.com": { TXT: ["v=STSv1; id=1", "v=STSv1; id=2"] } },
      {},
      ["MtaStsMalformed low _mta-sts.example.com"],
    ],
    ["STS-01 no id", { "_mta-sts.example.com": { TXT: "v=STSv1;" } }, {}, ["MtaStsMalformed low _mta-sts.example.com"]],
    ["not set up is no fault", {}, served(""), []],
    [
      "AUD-D-13 an alias to a domain that nobody has registered",
      { "mta-sts.example.com": { CNAME: "sts.gone.example" } },
      {},
      ["TakeoverRisk critical sts.gone.example"],
    ],
  ])("%s", async (_title, changes, more, expected) => {
    expect(await found(soundBut(changes), { selectors: ["s1"], ...(more && { more }) })).toEqual(expected);
  });
});

test.each<[title: string, changes: Zone, expected: string[]]>([
  ["TLSR-01 sound", { "_smtp._tls.example.com": { TXT: "v=TLSRPTv1; rua=mailto:tls@example.com" } }, []],
  [
    "TLSR-01 no address",
    { "_smtp._tls.example.com": { TXT: "v=TLSRPTv1;" } },
    ["TlsRptMalformed low _smtp._tls.example.com"],
  ],
  [
    "TLSR-01 two records",
    {
      "_smtp._tls.example.com": {
        TXT: ["v=TLSRPTv1; rua=mailto:a@example.com", "v=TLSRPTv1; rua=mailto:b@example.com"],
      },
    },
    ["TlsRptMalformed low _smtp._tls.example.com"],
  ],
  ["BIMI sound", { "default._bimi.example.com": { TXT: "v=BIMI1; l=https://example.com/l.svg" } }, []],
  [
    "BIMI over http",
    { "default._bimi.example.com": { TXT: "v=BIMI1; l=http://example.com/l.svg" } },
    ["BimiMalformed low default._bimi.example.com"],
  ],
  [
    "BIMI without enforcement",
    {
      "default._bimi.example.com": { TXT: "v=BIMI1; l=https://example.com/l.svg" },
      "_dmarc.example.com": { TXT: "v=DMARC1; p=none; rua=mailto:a@example.com" },
    },
    ["BimiWithoutEnforcement low default._bimi.example.com", "DmarcNotEnforcing low _dmarc.example.com"],
  ],
  [
    "BIMI declined needs no enforcement",
    {
      "default._bimi.example.com": { TXT: "v=BIMI1; l=; a=" },
      "_dmarc.example.com": { TXT: "v=DMARC1; p=none; rua=mailto:a@example.com" },
    },
    ["DmarcNotEnforcing low _dmarc.example.com"],
  ],
])("%s", async (_title, changes, expected) => {
  expect(await found(soundBut(changes), { selectors: ["s1"] })).toEqual(expected);
});

test("BULK-01 an address that mail comes from needs a name that leads back", async () => {
  const zone = soundBut({ "1.2.0.192.in-addr.arpa": { PTR: "mail.example.com" } });
  const of = (...sendingAddresses: string[]) => found(zone, { selectors: ["s1"], more: { sendingAddresses } });
  expect(await of("192.0.2.1")).toEqual([]);
  expect(await of("192.0.2.2")).toEqual(["ReverseDnsMissing medium 2.2.0.192.in-addr.arpa"]);
});

test("a list that the caller named", async () => {
  const more: World["more"] = { lists: [{ kind: "domain", zone: "list.test" }] };
  const listed = soundBut({ "example.com.list.test": { A: "127.0.1.2" } });
  expect(await found(listed, { selectors: ["s1"], more })).toEqual(["ListedOnBlocklist medium example.com"]);
  expect(await found(listed, { selectors: ["s1"] })).toEqual([]);
});

test.each<[title: string, answers: Zone, state: string]>([
  [
    "none of two lists answers",
    { "invalid.list.test": { A: "127.0.0.2" }, "invalid.other.test": { A: "127.0.0.2" } },
    "undetermined",
  ],
  ["one of two lists answers", { "invalid.list.test": { A: "127.0.0.2" } }, "passed"],
  ["both answer", {}, "passed"],
  ["one lists it", { "invalid.list.test": { A: "127.0.0.2" }, "example.com.other.test": { A: "127.0.0.2" } }, "failed"],
])("lists: %s", async (_title, answers, state) => {
  const lists = ["list.test", "other.test"].map((zone) => ({ kind: "domain" as const, zone }));
  const { checks } = await auditZone(soundBut(answers), { selectors: ["s1"], more: { lists } });
  expect(checks.find(({ name }) => name === "blocklists")?.state).toBe(state);
});

test("no answer at several names is one finding", async () => {
  const zone = soundBut({
    "_dmarc.example.com": { error: "TIMEOUT" },
    "_smtp._tls.example.com": { error: "SERVFAIL" },
  });
  expect(await found(zone, { selectors: ["s1"] })).toEqual(["Undetermined low example.com"]);
});

test("what is wrong beside the keys fails no step about keys", async () => {
  const zone = soundBut({
    "example.com": { TXT: "v=spf1 include:gone.example -all" },
    "_dmarc.example.com": { error: "TIMEOUT" },
  });
  const { findings, checklist } = await auditZone(zone, { selectors: ["s1"] });
  expect(findings.map(({ code }) => code)).toEqual(["TakeoverRisk", "Undetermined"]);
  expect(checklist.flatMap((step) => step.findings)).toEqual([]);
  expect(checklist.find(({ step }) => step === "chain-and-key")).toMatchObject({ state: "done" });
});

test("each finding shows what was seen, what to do, and how to see it oneself", async () => {
  const zone = soundBut({
    "_dmarc.example.com": { TXT: "v=DMARC1; p=none; pct=0; sp=none" },
    "example.com": withMx("10 192.0.2.1"),
  });
  const { findings } = await auditZone(zone, { selectors: ["s1"] });
  expect(findings.length).toBeGreaterThan(3);
  for (const { summary, evidence, remedy, commands, symptoms } of findings) {
    for (const text of [summary, remedy, symptoms, ...evidence]) expect(text).toMatch(/\S{3}/);
    expect(evidence.length).toBeGreaterThan(0);
    expect(commands.join("\n")).toMatch(/^dig /);
  }
});
