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
