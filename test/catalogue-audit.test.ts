// Every chain and record of the catalogue, as a customer's zone would have it, put through the auditor: each is attributed to its
// provider, and a sound zone has nothing wrong.
import { generateKeyPairSync } from "node:crypto";
import { formatKeyRecord } from "chancery/dkim";
import { expect, test } from "vitest";
import { shippedCatalogue } from "../server/src/app/provider-catalogue.ts";
import { parseFixture } from "../server/src/engine/resolver/fixture.ts";
import type { Audit } from "../server/src/model/audit/audit.ts";
import { auditContextOf } from "../server/src/model/audit/context.ts";
import { nothingExpected } from "../server/src/model/audit/expectations.ts";
import { matchesName } from "../server/src/model/provider/name-pattern.ts";
import type { Provider } from "../server/src/model/provider/provider.ts";
import { auditDomain } from "../server/src/service/audit/audit-domain.ts";

type Zone = Record<string, { CNAME: string } | { TXT: string[] } | { MX: string[] } | { NS: string[] }>;

const catalogue = shippedCatalogue();
const context = auditContextOf(catalogue);
const record = formatKeyRecord(generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey);
const key = { TXT: [record] };
const revoked = { TXT: ["v=DKIM1; k=rsa; p="] };
const domain = "example.com";
const nameOf = (selector: string): string => `${selector}._domainkey.${domain}`;

async function auditOf(zone: Zone): Promise<Audit> {
  const lookup = parseFixture(JSON.stringify(zone));
  if (!lookup.ok) throw new Error(lookup.problem);
  const { audit } = await auditDomain({
    domain,
    now: 1_790_000_000,
    lookup: lookup.value,
    dns: "file",
    namesInZone: Object.keys(zone),
    expectations: nothingExpected,
    context,
  });
  return audit;
}

/** What chains and keys can have wrong with them; that other records of a domain are not there is no matter here. */
const chainCodes = new Set([
  "CnameMissing",
  "CnameMismatch",
  "TargetMissing",
  "NoKeyRecord",
  "KeyRevoked",
  "KeyMalformed",
  "KeyMismatch",
  "MultipleKeyRecords",
  "ConflictingRecords",
  "WrongHost",
  "Flattened",
  "AliasLoop",
  "AliasChainTooLong",
  "TakeoverRisk",
  "CustomDkimOff",
  "SharedKey",
  "Undetermined",
  "RetiredProviderSelector",
  "ProviderCanStillSign",
]);
const faults = ({ findings }: Audit): string[] =>
  findings
    .filter(({ code }) => chainCodes.has(code) && code !== "SharedKey")
    .map(({ code, subject }) => `${code} ${subject}`);
const providersAt = ({ selectors }: Audit, selector: string): string[] =>
  (selectors.find((one) => one.selector === selector)?.providers ?? []).map(({ id }) => id);

/** A name that a pattern of one label stands for. */
const sampleOf = (pattern: string): string =>
  pattern
    .replaceAll(/\[([a-z0-9])[^\]]*\](?:\{(\d+)\})?/g, (_, char: string, times = "1") => char.repeat(Number(times)))
    .replaceAll("#", "12")
    .replaceAll("*", "abc");

/** Selector and target of each alias of a customer's: those of the first set by name, else one for each example. */
function aliasesOf({ aliasSets, selectors, targets }: Provider): [selector: string, target: string][] {
  const [set] = aliasSets;
  const [target] = targets;
  if (target === undefined) return [];
  if (set === undefined)
    return targets.map(({ example }, index): [string, string] => [
      index === 0 && selectors[0] !== undefined ? sampleOf(selectors[0].pattern.text) : `sel${index}`,
      example,
    ]);
  return set.map((selector, index) => [selector, numbered(targets, index)]);
}

/** The example of a target with the number (or letter) of another member of the set, where the form has one. */
function numbered(targets: Provider["targets"], index: number): string {
  for (const { example, pattern } of targets)
    for (let at = 0; at < example.length; at++) {
      const other = `${example.slice(0, at)}${String.fromCharCode(example.charCodeAt(at) + index)}${example.slice(at + 1)}`;
      if (index > 0 && pattern.text.includes("[") && /[0-9a]/.test(example[at] ?? "") && matchesName(pattern, other))
        return other;
    }
  return targets[Math.min(index, targets.length - 1)]?.example ?? "";
}

const withAliases = [...catalogue.providers.values()].filter(({ targets }) => targets.length > 0);
test("most providers of the catalogue have aliases", () => expect(withAliases.length).toBeGreaterThan(60));

test.each(withAliases)("$id: its aliases and keys are in order, and are its own", async (provider) => {
  const zone: Zone = {};
  const aliases = aliasesOf(provider);
  for (const [selector, target] of aliases) {
    zone[nameOf(selector)] = { CNAME: target };
    zone[target] = key;
  }
  const audit = await auditOf(zone);
  for (const [selector] of aliases) expect(providersAt(audit, selector)[0], selector).toBe(provider.id);
  expect(faults(audit)).toEqual([]);
  const isShared = audit.findings.some(({ code }) => code === "SharedKey");
  expect(isShared).toBe(provider.key.scope === "all-customers" && provider.evidence.confidence === "high");
});

const resting = withAliases.filter(({ standby }) => standby === "no-record" || standby === "revoked-key");
test.each(resting)("M365-07 $id: the selectors whose turn it is not are no fault", async (provider) => {
  const aliases = aliasesOf(provider);
  expect(aliases.length).toBeGreaterThan(1);
  for (const [turn] of aliases) {
    const zone: Zone = {};
    for (const [selector, target] of aliases) {
      zone[nameOf(selector)] = { CNAME: target };
      if (selector === turn) zone[target] = key;
      else if (provider.standby === "revoked-key") zone[target] = revoked;
    }
    expect(faults(await auditOf(zone)), turn).toEqual([]);
  }
});

const plain = withAliases.filter(({ standby }) => standby === "not-known" || standby === "has-key");
test.each(plain)("$id: an alias with nothing behind it is a fault", async (provider) => {
  const [first] = aliasesOf(provider);
  const [selector = "", target = ""] = first ?? [];
  expect(faults(await auditOf({ [nameOf(selector)]: { CNAME: target } }))[0]).toContain("TargetMissing");
});

const needsAll = withAliases.filter(({ aliasesRequired }) => aliasesRequired === "all");
test.each(needsAll)("M365-01 $id: the alias that is missing is named, whichever it is", async (provider) => {
  const aliases = aliasesOf(provider);
  for (const [missing] of aliases) {
    const zone: Zone = {};
    for (const [selector, target] of aliases) {
      if (selector === missing) continue;
      zone[nameOf(selector)] = { CNAME: target };
      zone[target] = key;
    }
    expect(faults(await auditOf(zone))).toEqual([`CnameMissing ${nameOf(missing)}`]);
  }
});

test.each([
  ["shopify", "dkim1.0123456789ab.p1.email.myshopify.com", "s1.domainkey.u1.wl1.sendgrid.net", "sendgrid"],
  ["kit", "dkim.dm-abc.sg1.convertkit.com", "s1.domainkey.u1.wl1.sendgrid.net", "sendgrid"],
  ["clerk", "dkim1.abc.clerk.services", "s1.domainkey.u1.wl1.sendgrid.net", "sendgrid"],
  ["clerk", "clk3._domainkey.abc.clerk.services", "pdk1._domainkey.abc.dkim1.mailgun.com", "mailgun"],
  ["stytch", "st.domainkey.u17391058.wl059.sendgrid.net", undefined, "sendgrid"],
])("%s is whom the customer sees, and who runs it is named as well", async (id, first, second, beneath) => {
  const zone: Zone = { [nameOf("x1")]: { CNAME: first } };
  if (second !== undefined) zone[first] = { CNAME: second };
  zone[second ?? first] = key;
  const audit = await auditOf(zone);
  expect(providersAt(audit, "x1")).toEqual([id, beneath]);
  expect(faults(audit)).toEqual([]);
});

test("a brevo alias leads through the domain's own name to a shared key", async () => {
  const audit = await auditOf({
    [nameOf("brevo1")]: { CNAME: "b1.example-com.dkim.brevo.com" },
    "b1.example-com.dkim.brevo.com": { CNAME: "brevo17.dkim.brevo.com" },
    "brevo17.dkim.brevo.com": key,
  });
  expect(providersAt(audit, "brevo1")).toEqual(["brevo"]);
});

test("a key record at selector1 is not Microsoft's, and Google's is a record of its own", async () => {
  const audit = await auditOf({ [nameOf("selector1")]: key, [nameOf("google")]: key });
  expect(providersAt(audit, "selector1")).toEqual([]);
  expect(providersAt(audit, "google")).toEqual(["google-workspace"]);
  expect(faults(audit)).toEqual([]);
});

test.each([
  ["send", "resend"],
  ["envelope", "loops"],
  ["bounce", "amazon-ses"],
])("an Amazon SES alias with bounces at %s is %s's", async (label, id) => {
  const target = "abcdefghijklmnopqrstuvwxyz234567.dkim.amazonses.com";
  const audit = await auditOf({
    [nameOf("abcdefghijklmnopqrstuvwxyz234567")]: { CNAME: target },
    [target]: key,
    [`${label}.${domain}`]: { MX: ["10 feedback-smtp.eu-west-1.amazonses.com"] },
  });
  expect(providersAt(audit, "abcdefghijklmnopqrstuvwxyz234567")[0]).toBe(id);
  expect(faults(audit)).toEqual([]);
});

test("resend's key record is its own, surer by the name for bounces", async () => {
  const audit = await auditOf({
    [nameOf("resend")]: key,
    [`send.${domain}`]: { MX: ["10 feedback-smtp.us-east-1.amazonses.com"] },
  });
  expect(audit.selectors[0]?.providers).toMatchObject([{ id: "resend", certainty: "likely", by: "mail-from" }]);
});

test("a branch that is handed over names who serves it, and its names are not one's own", async () => {
  const audit = await auditOf({ [`_domainkey.${domain}`]: { NS: ["ns.vali.email"] }, [nameOf("s9")]: key });
  const [seen] = audit.selectors.filter(({ selector }) => selector === "s9");
  expect(seen?.providers).toMatchObject([{ id: "valimail", certainty: "certain", by: "name-server" }]);
  expect(seen?.custody?.names[0]?.holder).toMatchObject({ who: "provider", id: "valimail" });
});
