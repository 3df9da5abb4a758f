import type { CustomerRecord, Domain, Finding } from "@chancery/api";
import { parseZoneFile, readTxt } from "chancery/dns";
import { describe, expect, test } from "vitest";
import { recordsZoneText } from "../records-text.ts";
import { anyHost, dnsHosts, hostOf } from "./dns-hosts.ts";
import { instructionsText, nameField } from "./instructions.ts";
import { route53Batch } from "./route53.ts";

const long = `v=DKIM1; k=rsa; p=${"A".repeat(400)}`;
const record = (changes: Partial<CustomerRecord> = {}): CustomerRecord => ({
  name: "esp1._domainkey.mail.customer.example",
  type: "CNAME",
  ttl: 3600,
  data: "abc.dkim.esp.example",
  purpose: "key",
  state: "absent",
  checkedAt: 1,
  ...changes,
});
const key = record({ name: "s1._domainkey.mail.customer.example", type: "TXT", data: long });
const proof = record({
  name: "_chancery-challenge.customer.example",
  type: "TXT",
  data: "chancery-token",
  purpose: "proof of control",
});
const domain = (...records: CustomerRecord[]): Domain => ({
  domain: "mail.customer.example",
  tenant: "default",
  method: "cname-ring",
  status: "pending",
  claim: "pending",
  locked: false,
  proof: "challenge",
  createdAt: 1,
  records,
  findings: [],
  signingDomain: "mail.customer.example",
  registration: null,
  customerZone: null,
  move: null,
  notes: ["nothing of it moves"],
});
const at = (id: string) => ({ host: dnsHosts.find((host) => host.id === id) ?? anyHost, zone: "customer.example" });

test.each([
  [["ada.ns.cloudflare.com", "bob.ns.cloudflare.com"], "cloudflare"],
  [["ns-1.awsdns-01.co.uk", "ns-2.awsdns-02.net"], "route53"],
  [["ns1-01.azure-dns.com", "ns2-01.azure-dns.net"], "azure"],
  [["ns-cloud-b1.googledomains.com"], "google-cloud"],
  [["ns01.domaincontrol.com"], "godaddy"],
  [["dns1.registrar-servers.com"], "namecheap"],
  [["ns1.digitalocean.com"], "digitalocean"],
  [["dns101.ovh.net", "ns101.ovh.net"], "ovh"],
  [["ns-12-a.gandi.net"], "gandi"],
  [["helium.ns.hetzner.de"], "hetzner"],
  [["ada.ns.cloudflare.com", "ns01.domaincontrol.com"], undefined],
  [["ns1.example.net"], undefined],
  [["ns.cloudflare.com.example.net"], undefined],
  [[], undefined],
])("the name servers %j are those of %s", (nameServers, id) => {
  expect(hostOf(nameServers)?.id).toBe(id);
});

describe("instructions as a host wants them", () => {
  test.each([
    ["cloudflare", "esp1._domainkey.mail", "abc.dkim.esp.example", long, "DNS only"],
    [
      "route53",
      "esp1._domainkey.mail",
      "abc.dkim.esp.example",
      `"${long.slice(0, 255)}" "${long.slice(255)}"`,
      "Alias off",
    ],
    ["azure", "esp1._domainkey.mail", "abc.dkim.esp.example", long, "Alias record set"],
    [
      "google-cloud",
      "esp1._domainkey.mail",
      "abc.dkim.esp.example.",
      `"${long.slice(0, 255)}" "${long.slice(255)}"`,
      "",
    ],
    ["godaddy", "esp1._domainkey.mail", "abc.dkim.esp.example", long, ""],
    ["namecheap", "esp1._domainkey.mail", "abc.dkim.esp.example", long, "Advanced DNS"],
    ["digitalocean", "esp1._domainkey.mail", "abc.dkim.esp.example.", long, ""],
    ["ovh", "esp1._domainkey.mail", "abc.dkim.esp.example.", long, ""],
    ["gandi", "esp1._domainkey.mail", "abc.dkim.esp.example.", `"${long.slice(0, 255)}" "${long.slice(255)}"`, ""],
    ["hetzner", "esp1._domainkey.mail", "abc.dkim.esp.example.", `"${long.slice(0, 255)}" "${long.slice(255)}"`, ""],
    ["other", "esp1._domainkey.mail", "abc.dkim.esp.example.", long, "domain ends up twice"],
  ])("%s", (id, name, target, text, says) => {
    const lines = instructionsText(domain(record(), key), at(id))
      .split("\n")
      .map((line) => line.trim().split(/ {2,}/).at(-1));
    for (const value of [name, target, text]) expect(lines).toContain(value);
    expect(instructionsText(domain(record(), key), at(id))).toContain(says);
  });

  test("where the zone is not known, names are whole", () => {
    const text = instructionsText(domain(record()), { host: anyHost, zone: undefined });
    expect(text).toContain("  esp1._domainkey.mail.customer.example\n");
    expect(text).not.toContain("which is added to them");
  });

  test.each([
    ["customer.example", "customer.example", "@"],
    ["a.customer.example", "customer.example", "a"],
    ["a.notcustomer.example", "customer.example", "a.notcustomer.example"],
  ])("in a form, %s in the zone %s is %s", (name, zone, field) => {
    expect(nameField(name, zone)).toBe(field);
  });
});

describe("a change batch for Route 53", () => {
  const changes = (...records: CustomerRecord[]) =>
    route53Batch("customer.example", records).Changes.map(
      ({ Action, ResourceRecordSet: { Name, Type, TTL, ResourceRecords } }) => [
        `${Action} ${Name} ${TTL} ${Type}`,
        ...ResourceRecords.map(({ Value }) => Value),
      ],
    );

  test("creates what is not there, replaces what is wrong, and leaves the rest alone", () => {
    const [a, b] = [record({ name: "a.customer.example" }), record({ name: "b.customer.example", state: "wrong" })];
    expect(changes(a, b, record({ state: "present" }), record({ need: "removable" }))).toEqual([
      ["CREATE a.customer.example. 3600 CNAME", "abc.dkim.esp.example."],
      ["UPSERT b.customer.example. 3600 CNAME", "abc.dkim.esp.example."],
    ]);
  });

  test("a set of name servers is one change, and a long text is written in pieces of 255 octets", () => {
    const ns = (data: string) => record({ name: "s._domainkey.customer.example", type: "NS", data });
    expect(changes(ns("n1.esp.example"), ns("n2.esp.example"), { ...key, name: "k.customer.example" })).toEqual([
      ["CREATE s._domainkey.customer.example. 3600 NS", "n1.esp.example.", "n2.esp.example."],
      ["CREATE k.customer.example. 3600 TXT", `"${long.slice(0, 255)}" "${long.slice(255)}"`],
    ]);
  });

  test("other texts beside the proof of control stay", () => {
    expect(changes({ ...proof, state: "wrong", found: ["of-another"] })).toEqual([
      ["UPSERT _chancery-challenge.customer.example. 3600 TXT", '"of-another"', '"chancery-token"'],
    ]);
  });
});

test("the zone text is read back as the records it was made of", () => {
  const parsed = parseZoneFile(recordsZoneText([record(), key, proof]), { origin: "customer.example", defaultTtl: 1 });
  if (!parsed.ok) throw new Error(parsed.problem);
  expect(parsed.value.map(({ name, ttl }) => [name, ttl])).toEqual(
    [record(), key, proof].map(({ name }) => [name, 3600]),
  );
  expect(readTxt(parsed.value[1]!.data)).toEqual([long.slice(0, 255), long.slice(255)]);
});

test("what we answer for below a delegation is not said to be there already: the customer has yet to publish it", () => {
  const held = { state: "present", need: "now", note: "publish it in the place of the delegation" } as const;
  const move = { from: "ns-subdomain", to: "ns-branch", stage: "settled", requestedAt: 1, since: 1 } as const;
  const moving = { ...move, parts: [], next: "nothing", waitsFor: [] };
  const letter = instructionsText({ ...domain(record(held)), move: moving }, at("other"));
  expect(letter).toContain("publish it in the place of the delegation\n");
  expect(letter).not.toContain("is there already");
});

test("the letter says how to check every record, and that a delegation takes along what is below it", () => {
  const branch = record({ name: "esp._domainkey.mail.customer.example", type: "NS", purpose: "delegation" });
  const letter = instructionsText(domain(proof, branch), at("other"));
  expect(letter).toContain("dig +short TXT _chancery-challenge.customer.example");
  expect(letter).toContain("dig +short NS esp._domainkey.mail.customer.example");
  expect(letter).not.toContain("nothing else depends on them");
});

test("the letter keeps apart what has to wait: an alias that is not served yet, and NS records that would hide selectors", () => {
  const told = (code: Finding["code"], subject: string): Finding => ({
    code,
    severity: "info",
    subject,
    summary: "",
    evidence: [],
    remedy: "",
  });
  const alias = record();
  const chain = { ...domain(proof, alias), findings: [told("AliasNotReady", alias.name)] };
  expect(instructionsText(chain, at("other"))).toMatch(
    /What to publish\n[^]*What to leave as it is until [^]*esp1\._domainkey/,
  );
  expect(instructionsText(chain, at("other"))).not.toContain("in any order");
  const withheld = { ...domain(proof), findings: [told("SelectorsNotImported", "_domainkey.customer.example")] };
  expect(instructionsText(withheld, at("other"))).toContain("NS records are asked for later");
});
