import { generateKeyPairSync } from "node:crypto";
import { fingerprintOf, formatKeyRecord } from "chancery/dkim";
import { describe, expect, test } from "vitest";
import { loadCatalogue, shippedCatalogueFolder } from "../../engine/provider-catalogue/load.ts";
import { parseFixture } from "../../engine/resolver/fixture.ts";
import { defaultAuditPolicy } from "../../model/audit/check.ts";
import { chainChecks } from "../../model/audit/checks/chain/chain-checks.ts";
import { driftChecks } from "../../model/audit/checks/drift/drift-checks.ts";
import { type Expectations, nothingExpected } from "../../model/audit/expectations.ts";
import { parseCatalogue } from "../../model/provider/catalogue.ts";
import { auditDomain } from "./audit-domain.ts";

const newKey = (bits = 2048) => generateKeyPairSync("rsa", { modulusLength: bits }).publicKey;
const key = newKey();
const rsa = formatKeyRecord(key);
const other = formatKeyRecord(newKey());
const third = formatKeyRecord(newKey());
const small = formatKeyRecord(newKey(1024));
const tiny = formatKeyRecord(newKey(512));
const private1 = generateKeyPairSync("rsa", { modulusLength: 2048 })
  .privateKey.export({ type: "pkcs8", format: "der" })
  .toString("base64");

const text = (...texts: string[]) => ({ TXT: texts });
const alias = (target: string) => ({ CNAME: target });
/** A second selector that is in order, so that a single one is no finding. */
const second = { "s2._domainkey.example.com": alias("s2.esp.example"), "s2.esp.example": text(third) };
const s1 = "s1._domainkey.example.com";
const chain = (count: number, end: object): object =>
  Object.fromEntries([
    [s1, alias("a1.esp.example")],
    ...Array.from({ length: count - 1 }, (_, n) => [`a${n + 1}.esp.example`, alias(`a${n + 2}.esp.example`)] as const),
    [`a${count}.esp.example`, end],
  ]);

const onDisk = loadCatalogue(shippedCatalogueFolder);
if (!onDisk.ok) throw new Error(onDisk.problem);
const parsedCatalogue = parseCatalogue(onDisk.value);
if (!parsedCatalogue.ok) throw new Error(parsedCatalogue.problem);
const catalogue = parsedCatalogue.value;
const own = new Set([...chainChecks, ...driftChecks].map(({ name }) => name));

type Wanted = Partial<Expectations> & { domain?: string };

async function auditOf(zone: object, { domain = "example.com", ...expected }: Wanted) {
  const fixture = parseFixture(JSON.stringify(zone));
  if (!fixture.ok) throw new Error(fixture.problem);
  return auditDomain({
    domain,
    now: 1_800_000_000,
    lookup: fixture.value,
    dns: "file",
    namesInZone: fixture.value.namesListed,
    expectations: { ...nothingExpected, ...expected },
    context: { policy: defaultAuditPolicy, catalogue },
  });
}

/** Every finding about selectors and their chains, as "severity Code subject", sorted. */
async function told(zone: object, wanted: Wanted): Promise<string[]> {
  const { audit } = await auditOf(zone, wanted);
  return audit.findings
    .filter(({ check }) => own.has(check))
    .map(({ severity, code, subject }) => `${severity} ${code} ${subject}`)
    .sort();
}

const given: Wanted = { selectors: ["s1"] };
type Row = [title: string, zone: object, wanted: Wanted, expected: string[]];

describe("what is at the key name", () => {
  test.each<Row>([
    ["a text with a sound key", { ...second, [s1]: text(rsa) }, given, []],
    ["an alias to a sound key", { ...second, [s1]: alias("s1.esp.example"), "s1.esp.example": text(rsa) }, given, []],
    ["AUD-C-03 NXDOMAIN", second, given, [`high NoKeyRecord ${s1}`]],
    ["AUD-C-03 NODATA", { ...second, [s1]: { MX: ["10 mx.example.net"] } }, given, [`high NoKeyRecord ${s1}`]],
    ["AUD-C-08 a proxied alias", { ...second, [s1]: { A: ["192.0.2.1"] } }, given, [`high NoKeyRecord ${s1}`]],
    ["AUD-C-03 SERVFAIL", { ...second, [s1]: { error: "SERVFAIL" } }, given, [`low Undetermined ${s1}`]],
    ["AUD-C-03 a timeout", { ...second, [s1]: { error: "TIMEOUT" } }, given, [`low Undetermined ${s1}`]],
    ["AUD-C-12 a revoked key in use", { ...second, [s1]: text("v=DKIM1; p=") }, given, [`high KeyRevoked ${s1}`]],
    [
      "AUD-C-12 a revoked key that nobody names",
      { ...second, [s1]: text("v=DKIM1; p=") },
      {},
      [`low KeyRevoked ${s1}`],
    ],
    ["AUD-C-12 quotes pasted", { ...second, [s1]: text(`"${rsa}"`) }, given, [`high KeyMalformed ${s1}`]],
    ["AUD-C-12 cut short", { ...second, [s1]: text(rsa.slice(0, 255)) }, given, [`high KeyMalformed ${s1}`]],
    ["AUD-C-12 no p=", { ...second, [s1]: text("v=DKIM1; k=rsa") }, given, [`high KeyMalformed ${s1}`]],
    ["AUD-C-12 512 bits", { ...second, [s1]: text(tiny) }, given, [`critical KeyWeak ${s1}`]],
    ["AUD-C-12 1024 bits", { ...second, [s1]: text(small) }, given, [`low KeyWeak ${s1}`]],
    ["AUD-C-12 t=y", { ...second, [s1]: text(`v=DKIM1; t=y; ${rsa.slice(8)}`) }, given, [`medium KeyTesting ${s1}`]],
    ["AUD-C-12 two records", { ...second, [s1]: text(rsa, other) }, given, [`high MultipleKeyRecords ${s1}`]],
    ["AUD-C-12 several slips", { ...second, [s1]: text(`“${rsa}”`) }, given, [`high KeyMalformed ${s1}`]],
    [
      "AUD-C-12 SPF behind an alias",
      { ...second, [s1]: alias("s1.esp.example"), "s1.esp.example": text("v=spf1 -all") },
      given,
      ["high TargetMissing s1.esp.example"],
    ],
    ["AUD-C-12 SPF", { ...second, [s1]: text("v=spf1 -all") }, given, [`high NoKeyRecord ${s1}`]],
    [
      "AUD-C-08 a target pasted as text",
      { ...second, [s1]: text("s1.esp.example") },
      given,
      [`high NoKeyRecord ${s1}`],
    ],
    [
      "a private key",
      { ...second, [s1]: text(`v=DKIM1; p=${private1}`) },
      given,
      [`critical PrivateKeyPublished ${s1}`],
    ],
  ])("%s", async (_title, zone, wanted, expected) => {
    expect(await told(zone, wanted)).toEqual(expected);
  });
});

describe("the chain", () => {
  test.each<Row>([
    ["AUD-C-05 three aliases", { ...second, ...chain(3, text(rsa)) }, given, []],
    ["AUD-C-05 four", { ...second, ...chain(4, text(rsa)) }, given, [`low AliasChainTooLong ${s1}`]],
    ["AUD-C-05 nine", { ...second, ...chain(9, text(rsa)) }, given, [`high AliasChainTooLong ${s1}`]],
    ["AUD-C-05 twenty", { ...second, ...chain(20, text(rsa)) }, given, [`high AliasChainTooLong ${s1}`]],
    ["AUD-C-03 a loop", { ...second, ...chain(2, alias(s1)) }, given, [`high AliasLoop ${s1}`]],
    ["AUD-C-03 an alias to itself", { ...second, [s1]: alias(s1) }, given, [`high AliasLoop ${s1}`]],
    [
      "AUD-C-04 nothing behind it",
      { ...second, [s1]: alias("s1.esp.example") },
      given,
      ["high TargetMissing s1.esp.example"],
    ],
    [
      "AUD-C-04 the second of two aliases is the one that leads nowhere",
      { ...second, [s1]: alias("a.esp.example"), "a.esp.example": alias("b.other.example") },
      given,
      ["high TargetMissing b.other.example"],
    ],
    [
      "AUD-C-04 a target without TXT",
      { ...second, [s1]: alias("s1.esp.example"), "s1.esp.example": { A: ["192.0.2.1"] } },
      given,
      ["high TargetMissing s1.esp.example"],
    ],
    [
      "AUD-C-03 a target that does not answer",
      { ...second, [s1]: alias("s1.esp.example"), "s1.esp.example": { error: "SERVFAIL" } },
      given,
      ["low Undetermined s1.esp.example"],
    ],
    [
      "AUD-C-12 a revoked key behind an alias",
      { ...second, [s1]: alias("s1.esp.example"), "s1.esp.example": text("v=DKIM1; p=") },
      given,
      ["high KeyRevoked s1.esp.example"],
    ],
    [
      "AUD-C-07 an alias and a text",
      { ...second, [s1]: { CNAME: "s1.esp.example", TXT: [rsa] } },
      given,
      [`high ConflictingRecords ${s1}`],
    ],
    [
      "AUD-C-07 an alias and another kind of data",
      { ...second, [s1]: { CNAME: "s1.esp.example", MX: ["10 mx.example.net"] }, "s1.esp.example": text(rsa) },
      given,
      [`high ConflictingRecords ${s1}`],
    ],
    [
      "AUD-C-07 two aliases",
      { ...second, [s1]: { CNAME: ["s1.esp.example", "t1.esp.example"] }, "s1.esp.example": text(rsa) },
      given,
      [`high ConflictingRecords ${s1}`],
    ],
    [
      "AUD-C-07 an alias and a text that is no key: one fault",
      { ...second, [s1]: { CNAME: "s1.esp.example", TXT: ["v=spf1 -all"] } },
      given,
      [`high ConflictingRecords ${s1}`],
    ],
    [
      "AUD-C-08 the final dot of the target left out",
      { ...second, [s1]: alias("s1.esp.example.example.com") },
      given,
      ["high TargetMissing s1.esp.example.example.com"],
    ],
  ])("%s", async (_title, zone, wanted, expected) => {
    expect(await told(zone, wanted)).toEqual(expected);
  });
});

describe("what was expected", () => {
  const target = { selectors: ["s1"], targets: { [s1]: "s1.esp.example" } };
  const fingerprint = { selectors: ["s1"], fingerprints: { [s1]: fingerprintOf(key) } };
  test.each<Row>([
    ["AUD-C-06 the alias", { ...second, [s1]: alias("s1.esp.example"), "s1.esp.example": text(rsa) }, target, []],
    [
      "AUD-C-06 an alias of one's own on the way",
      {
        ...second,
        [s1]: alias("k.example.com"),
        "k.example.com": alias("s1.esp.example"),
        "s1.esp.example": text(rsa),
      },
      target,
      [],
    ],
    [
      "AUD-C-06 an alias elsewhere",
      { ...second, [s1]: alias("s1.other.example"), "s1.other.example": text(rsa) },
      target,
      [`high CnameMismatch ${s1}`],
    ],
    [
      "AUD-C-06 an alias elsewhere, to nothing: one fault",
      { ...second, [s1]: alias("s1.other.example") },
      target,
      [`high CnameMismatch ${s1}`],
    ],
    ["AUD-C-06 no alias", { ...second, "s1.esp.example": text(rsa) }, target, [`high CnameMissing ${s1}`]],
    [
      "AUD-C-06 a text of another key",
      { ...second, [s1]: text(other), "s1.esp.example": text(rsa) },
      target,
      [`high CnameMissing ${s1}`],
    ],
    [
      "AUD-C-10 a copy of the key",
      { ...second, [s1]: text(rsa), "s1.esp.example": text(rsa) },
      target,
      [`medium Flattened ${s1}`],
    ],
    ["AUD-C-12 the key", { ...second, [s1]: text(rsa) }, fingerprint, []],
    ["AUD-C-12 a foreign key", { ...second, [s1]: text(other) }, fingerprint, [`high KeyMismatch ${s1}`]],
    ["AUD-C-12 no key", second, fingerprint, [`high NoKeyRecord ${s1}`]],
  ])("%s", async (_title, zone, wanted, expected) => {
    expect(await told(zone, wanted)).toEqual(expected);
  });
});

describe("AUD-C-10 the provider's key as a text", () => {
  test.each<Row>([
    [
      "at a name that can only be a target",
      { ...second, [s1]: text(rsa), "s1.esp.example": text(rsa) },
      given,
      [`medium Flattened ${s1}`],
    ],
    [
      "not where one key is used for everything",
      { [s1]: text(third), ...second },
      given,
      ["low KeyRepeated s2._domainkey.example.com"],
    ],
    [
      "where the other selector has the alias",
      {
        [s1]: text(rsa),
        "s2._domainkey.example.com": alias("s2.cust.esp.example"),
        "s2.cust.esp.example": text(other),
        "s1.cust.esp.example": text(rsa),
      },
      given,
      [`medium Flattened ${s1}`],
    ],
    [
      "not the same key at another domain's key name",
      { ...second, [s1]: text(rsa), "s1._domainkey.example.net": text(rsa) },
      given,
      [],
    ],
    ["not another key at the target", { ...second, [s1]: text(rsa), "s1.esp.example": text(other) }, given, []],
  ])("%s", async (_title, zone, wanted, expected) => {
    expect(await told(zone, wanted)).toEqual(expected);
  });
});

describe("AUD-C-08 the record at a wrong name", () => {
  const names: [mistake: string, name: string][] = [
    ["the domain is doubled", "s1._domainkey.example.com.example.com"],
    ["_domainkey is missing", "s1.example.com"],
    ["the underscore is missing", "s1.domainkey.example.com"],
    ["a hyphen for the underscore", "s1.-domainkey.example.com"],
    ["a hyphen for the dot", "s1-domainkey.example.com"],
    ["the dot is missing", "s1_domainkey.example.com"],
    ["_domainkeys", "s1._domainkeys.example.com"],
    ["_domain-key", "s1._domain-key.example.com"],
    ["_domainekey", "s1._domainekey.example.com"],
    ["_dkim", "s1._dkim.example.com"],
    ["swapped labels", "_domainkey.s1.example.com"],
    ["the selector is missing", "_domainkey.example.com"],
    ["the domain is missing", "s1._domainkey"],
    ["a selector that looks like it", "sl._domainkey.example.com"],
    ["a selector with a mark", "s-1._domainkey.example.com"],
    ["a subdomain", "s1._domainkey.mail.example.com"],
  ];
  test.each(names)("%s", async (_mistake, name) => {
    expect(await told({ ...second, [name]: text(rsa) }, given)).toEqual([`high WrongHost ${s1}`]);
    expect(await told({ ...second, [name]: text(rsa), [s1]: text(other) }, given)).toEqual([]);
  });

  test.each(names.slice(0, 11))("%s, an alias", async (_mistake, name) => {
    const zone = { ...second, [name]: alias("s1.esp.example"), "s1.esp.example": text(rsa) };
    expect(await told(zone, given)).toEqual([`high WrongHost ${s1}`]);
  });

  test.each(names.slice(0, 11))("%s, where nobody names the selector", async (_mistake, name) => {
    expect(await told({ ...second, [name]: text(rsa) }, {})).toEqual([`high WrongHost ${s1}`]);
  });

  test.each<Row>([
    [
      "a subdomain's record at the apex",
      { [s1]: text(rsa) },
      { selectors: ["s1"], domain: "mail.example.com" },
      ["high WrongHost s1._domainkey.mail.example.com"],
    ],
    [
      "the apex doubled behind a subdomain",
      { "s1._domainkey.mail.example.com.example.com": text(rsa) },
      { selectors: ["s1"], domain: "mail.example.com" },
      ["high WrongHost s1._domainkey.mail.example.com"],
    ],
    [
      "a part of the domain doubled",
      { "s1._domainkey.mail.mail.example.com": text(rsa) },
      { selectors: ["s1"], domain: "mail.example.com" },
      ["high WrongHost s1._domainkey.mail.example.com"],
    ],
    [
      "the target as the name",
      { ...second, "s1.esp.example.example.com": text(rsa) },
      { selectors: ["s1"], targets: { [s1]: "s1.esp.example" } },
      [`high CnameMissing ${s1}`],
    ],
    [
      "no selector at all, and no name for it",
      { "_domainkey.example.com": text(rsa) },
      {},
      ["high WrongHost _domainkey.example.com"],
    ],
    ["not a policy of old", { ...second, [s1]: text(rsa), "_domainkey.example.com": text("o=~") }, {}, []],
    [
      "not a host of that name",
      { ...second, "s1.example.com": { A: ["192.0.2.1"] } },
      given,
      [`high NoKeyRecord ${s1}`],
    ],
    [
      "not a host of that name with SPF",
      { ...second, "s1.example.com": text("v=spf1 -all") },
      given,
      [`high NoKeyRecord ${s1}`],
    ],
    [
      "not an alias of that name to a host",
      { ...second, "s1.example.com": alias("www.example.net") },
      given,
      [`high NoKeyRecord ${s1}`],
    ],
    ["not a host called dkim", { ...second, [s1]: text(rsa), "mail.dkim.example.com": { A: ["192.0.2.1"] } }, {}, []],
    [
      "not a selector with another number",
      { ...second, "s3._domainkey.example.com": text(rsa) },
      given,
      [`high NoKeyRecord ${s1}`],
    ],
  ])("%s", async (_title, zone, wanted, expected) => {
    expect(await told(zone, wanted)).toEqual(expected);
  });
});

describe("AUD-C-11 wildcards", () => {
  const below = "*._domainkey.example.com";
  test.each<Row>([
    ["a text that is no key", { [below]: text("v=spf1 -all") }, {}, ["medium WildcardInTheWay _domainkey.example.com"]],
    [
      "a text that is no key, and a selector",
      { [below]: text("v=spf1 -all") },
      given,
      [`high NoKeyRecord ${s1}`, "medium WildcardInTheWay _domainkey.example.com"],
    ],
    [
      "an alias to a web host, and a selector",
      { "*.example.com": alias("web.example.net"), "web.example.net": { A: ["192.0.2.1"] } },
      given,
      [`high NoKeyRecord ${s1}`, "medium WildcardInTheWay _domainkey.example.com"],
    ],
    ["a key for every selector", { [below]: text(rsa) }, given, ["medium WildcardInTheWay _domainkey.example.com"]],
    [
      "every selector revoked, and one that the owner names",
      { [below]: text("v=DKIM1; p=") },
      given,
      [`high KeyRevoked ${s1}`],
    ],
    ["every selector revoked, as parked domains do", { [below]: text("v=DKIM1; p=") }, {}, []],
    [
      "every selector revoked but one that signs",
      { [below]: text("v=DKIM1; p="), [s1]: text(rsa), ...second },
      given,
      ["medium WildcardInTheWay _domainkey.example.com"],
    ],
    [
      "the record at a wrong name, and a wildcard that has nothing to do with it",
      { "*.example.com": text("v=spf1 -all"), "s1._domainkey.example.com.example.com": text(rsa) },
      given,
      [`high WrongHost ${s1}`, "medium WildcardInTheWay _domainkey.example.com"],
    ],
    [
      "not one that a selector hides (RFC 4592)",
      { "*.example.com": text("v=spf1 -all"), ...second, [s1]: text(rsa) },
      given,
      [],
    ],
  ])("%s", async (_title, zone, wanted, expected) => {
    expect(await told(zone, wanted)).toEqual(expected);
  });
});

describe("providers", () => {
  const m365 = (n: number): string => `selector${n}-example-com._domainkey.contoso.onmicrosoft.com`;
  const at = (n: number): string => `selector${n}._domainkey.example.com`;
  const retired: Wanted = { retiredProviders: ["sendgrid"] };
  const sendgrid = "s1.domainkey.u123.wl.sendgrid.net";
  test.each<Row>([
    [
      "M365-07 an idle second selector",
      { [at(1)]: alias(m365(1)), [m365(1)]: text(rsa), [at(2)]: alias(m365(2)) },
      { selectors: ["selector1", "selector2"] },
      [],
    ],
    [
      "M365-07 neither selector has a key",
      { [at(1)]: alias(m365(1)), [at(2)]: alias(m365(2)) },
      {},
      [`high TargetMissing ${m365(1)}`, `high TargetMissing ${m365(2)}`],
    ],
    [
      "a retired provider whose key is sound",
      { ...second, [s1]: alias(sendgrid), [sendgrid]: text(rsa) },
      retired,
      [`high ProviderCanStillSign ${s1}`],
    ],
    [
      "a retired provider whose key is gone",
      { ...second, [s1]: alias(sendgrid) },
      retired,
      [`medium RetiredProviderSelector ${s1}`],
    ],
    [
      "a retired provider whose key is revoked",
      { ...second, [s1]: alias(sendgrid), [sendgrid]: text("v=DKIM1; p=") },
      retired,
      [`medium RetiredProviderSelector ${s1}`],
    ],
    [
      "a retired provider named by its domain",
      { ...second, [s1]: alias("s1.esp.example"), "s1.esp.example": text(rsa) },
      { retiredProviders: ["esp.example"] },
      [`high ProviderCanStillSign s2._domainkey.example.com`, `high ProviderCanStillSign ${s1}`].sort(),
    ],
    [
      "another provider is no retired one",
      { ...second, [s1]: alias(sendgrid), [sendgrid]: text(rsa) },
      { retiredProviders: ["mailchimp"] },
      [],
    ],
  ])("%s", async (_title, zone, wanted, expected) => {
    expect(await told(zone, wanted)).toEqual(expected);
  });
});

describe("selectors beside each other", () => {
  test.each<Row>([
    [
      "one alias alone",
      { [s1]: alias("s1.esp.example"), "s1.esp.example": text(rsa) },
      given,
      [`low SingleSelector ${s1}`],
    ],
    ["one text alone", { [s1]: text(rsa) }, given, [`info SingleSelector ${s1}`]],
    [
      "two aliases to one target",
      {
        [s1]: alias("s1.esp.example"),
        "s2._domainkey.example.com": alias("s1.esp.example"),
        "s1.esp.example": text(rsa),
      },
      {},
      ["low KeyRepeated s2._domainkey.example.com"],
    ],
  ])("%s", async (_title, zone, wanted, expected) => {
    expect(await told(zone, wanted)).toEqual(expected);
  });
});

test.each<[title: string, target: string, summary: string]>([
  [
    "the alias that is missing and whose it is",
    "s1.mail.esp.example",
    "s1.mail.esp.example, which does not exist; the name belongs to esp.example",
  ],
  [
    "the final dot that was left out",
    "s1.esp.example.example.com",
    "s1.esp.example.example.com, which does not exist: your own domain stands behind the target, so its final dot was probably left out",
  ],
  [
    "no dot, where the target is a name of one's own",
    "s1.keys.example.com",
    "s1.keys.example.com, which does not exist; the name belongs to example.com",
  ],
])("AUD-C-04 the finding names %s", async (_title, target, summary) => {
  const { audit } = await auditOf({ ...second, [s1]: alias(target) }, given);
  const [finding] = audit.findings.filter(({ code }) => code === "TargetMissing");
  expect(finding?.summary).toBe(`${s1} leads to ${summary}`);
});
