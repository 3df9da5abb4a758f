import { describe, expect, test } from "vitest";
import { expectedRecords, issuedNames, methodOf } from "./delegation-methods.ts";
import type { Claim, DnsSettings } from "./delegation.ts";

const dns: DnsSettings = {
  zone: "dkim.esp.example",
  nameservers: [
    { name: "ns1.esp.example", addresses: ["192.0.2.1"] },
    { name: "ns2.esp.example", addresses: ["192.0.2.2", "2001:db8::2"] },
  ],
};
const ring: Claim = {
  domain: "example.com",
  method: "cname-ring",
  label: "s",
  seed: "seed-a",
  challengeToken: "token-1",
  options: {},
};
const branch: Claim = { ...ring, method: "ns-branch", label: "esp" };
const february = 1_770_000_000;

describe("what the customer publishes", () => {
  test("a ring is a challenge and three aliases to names that nobody guesses", () => {
    const records = expectedRecords(ring, ["primary"], dns);
    expect(records.map(({ name, type, purpose }) => `${name} ${type} ${purpose}`)).toEqual([
      "_chancery-challenge.example.com TXT challenge",
      "s1._domainkey.example.com CNAME key-alias",
      "s2._domainkey.example.com CNAME key-alias",
      "s3._domainkey.example.com CNAME key-alias",
    ]);
    expect(records[0]?.data).toBe('"token-1"');
    for (const { data } of records.slice(1)) expect(data).toMatch(/^[a-z2-7]{20}\.dkim\.esp\.example\.$/);
  });

  test("the second role has a ring of its own, numbered on", () => {
    const names = expectedRecords(ring, ["primary", "second"], dns).map(({ name }) => name.split(".")[0]);
    expect(names).toEqual(["_chancery-challenge", "s1", "s2", "s3", "s4", "s5", "s6"]);
  });

  test("a branch is a challenge and one NS record for each of our servers", () => {
    const records = expectedRecords(branch, ["primary", "second"], dns);
    expect(records.map(({ name, type }) => `${name} ${type}`)).toEqual([
      "_chancery-challenge.example.com TXT",
      "esp._domainkey.example.com NS",
      "esp._domainkey.example.com NS",
    ]);
    for (const { data } of records.slice(1)) expect(data).toMatch(/^[a-z2-7]{20}\.ns\.dkim\.esp\.example\.$/);
  });
});

describe("a zone that is ours", () => {
  const subdomain: Claim = { ...branch, domain: "email.example.com", method: "ns-subdomain" };
  const keyNames: Claim = { ...branch, method: "ns-domainkey" };

  test.each([
    [subdomain, "email.example.com", "_chancery-challenge.example.com"],
    [keyNames, "_domainkey.example.com", "_chancery-challenge.example.com"],
    [branch, "esp._domainkey.example.com", "_chancery-challenge.example.com"],
  ])("R-31 $method: the proof of control lies outside what is delegated", (claim, zone, challenge) => {
    const records = expectedRecords(claim, ["primary"], dns);
    expect(records.map(({ name, type }) => `${name} ${type}`)).toEqual([
      `${challenge} TXT`,
      `${zone} NS`,
      `${zone} NS`,
    ]);
    expect(methodOf(claim.method).ownZone(claim)).toBe(zone);
    expect(challenge.endsWith(`.${zone}`)).toBe(false);
  });

  test.each([
    [subdomain, {}, "esp-feb2026._domainkey.email.example.com"],
    [subdomain, { selectorTemplate: "{mon}{yyyy}.{label}" }, "feb2026.esp._domainkey.email.example.com"],
    [keyNames, {}, "esp-feb2026._domainkey.example.com"],
    [branch, { selectorTemplate: "k{n}.{label}" }, "k1.esp._domainkey.example.com"],
  ])("$method with %j names a key %s", (claim, options, keyName) => {
    const method = methodOf(claim.method);
    const place = method.place({ ...claim, options }, "primary", 1, dns, february, []);
    expect(place).toMatchObject({ keyName, recordName: keyName, zone: method.ownZone(claim) });
  });

  test.each([subdomain, keyNames, branch])("$method says what moves and what does not", (claim) => {
    const notes = methodOf(claim.method).notes(claim, dns).join("\n");
    expect(notes).toContain("to us");
    expect(notes).toContain("nothing else of example.com moves");
  });
});

describe("a name that we hold", () => {
  const held: Claim = { ...ring, method: "third-party-domain" };

  test("is unique to the claim, below the zone of the settings, and stays when that changes", () => {
    const method = methodOf("third-party-domain");
    const elsewhere = { ...dns, heldZone: "held.example" };
    expect(expectedRecords(held, ["primary"], dns)).toEqual([]);
    expect(method.signingDomain(held, dns)).toMatch(/^[a-z2-7]{20}\.dkim\.esp\.example$/);
    expect(method.signingDomain(held, elsewhere)).toMatch(/^[a-z2-7]{20}\.held\.example$/);
    expect(method.signingDomain({ ...held, seed: "seed-b" }, dns)).not.toBe(method.signingDomain(held, dns));
    const given = { ...held, options: { signingDomain: "abc.held.example" } };
    expect(issuedNames(given, ["primary"], dns)).toEqual([
      { name: "abc.held.example", purpose: "signing-domain", slot: 1 },
    ]);
    expect(method.place(given, "primary", 1, dns, february, [])).toMatchObject({
      keyName: "s-feb2026._domainkey.abc.held.example",
      zone: "held.example",
    });
  });
});

test("I-16 two claims never share a name of ours, and a claim always gets the same ones", () => {
  const named = (seed: string) => issuedNames({ ...ring, seed }, ["primary"], dns).map(({ name }) => name);
  expect(named("seed-a")).toEqual(named("seed-a"));
  expect(new Set([...named("seed-a"), ...named("seed-b")]).size).toBe(6);
});

describe("the place of a key", () => {
  test("in a ring: the selector of its slot, the record behind the alias", () => {
    const place = methodOf("cname-ring").place(ring, "primary", 2, dns, february, []);
    expect(place).toMatchObject({ selector: "s2", keyName: "s2._domainkey.example.com", zone: "dkim.esp.example" });
    expect(`${place.recordName}.`).toBe(expectedRecords(ring, ["primary"], dns)[2]?.data);
  });

  test.each([
    ["primary", [], "feb2026.esp"],
    ["primary", ["feb2026.esp"], "feb2026-2.esp"],
    ["primary", ["feb2026.esp", "feb2026-2.esp"], "feb2026-3.esp"],
    ["second", ["feb2026.esp"], "feb2026-ed25519.esp"],
  ] as const)("in a branch: a dated selector, never used before (%s, %j)", (role, taken, selector) => {
    const place = methodOf("ns-branch").place(branch, role, 1, dns, february, taken);
    expect(place.selector).toBe(selector);
    expect(place.zone).toBe("esp._domainkey.example.com");
    expect(place.recordName).toBe(`${selector}._domainkey.example.com`);
  });
});
