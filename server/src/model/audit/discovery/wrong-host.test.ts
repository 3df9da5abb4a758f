import { parseName } from "chancery/dns";
import { describe, expect, test } from "vitest";
import { isKeyLike, selectorMeantBy, selectorOfKeyAt, wrongNames } from "./wrong-host.ts";

describe("names to try", () => {
  const hints = { target: "s1.esp.example", registrableDomain: "example.com" };
  const names = wrongNames("s1", "mail.example.com", hints).map(({ name }) => name);

  test("AUD-C-08 all are names, none is the right one, and none is a top level's", () => {
    for (const name of names) expect(parseName(name).ok, name).toBe(true);
    expect(names).not.toContain("s1._domainkey.mail.example.com");
    for (const name of names) expect(name.split(".").length).toBeGreaterThan(2);
  });

  test("AUD-C-08 the zone's and the parent's names are among them, and the pasted target", () => {
    expect(names).toEqual(
      expect.arrayContaining([
        "s1._domainkey.mail.example.com.example.com",
        "s1._domainkey.example.com",
        "s1._domainkey.mail.mail.example.com",
        "s1.esp.example.mail.example.com",
        "mail.example.com",
      ]),
    );
    expect(names).not.toContain("s1._domainkey.com");
  });

  test("AUD-C-08 nothing above what the owner registered is looked at", () => {
    const above = wrongNames("s1", "example.co.uk", { registrableDomain: "example.co.uk" }).map(({ name }) => name);
    expect(above).not.toContain("s1._domainkey.co.uk");
    expect(above).not.toContain("s1._domainkey.example.co.uk.co.uk");
  });

  test("a name too long for DNS is not tried", () => {
    const long = `${"a".repeat(60)}.${"b".repeat(60)}.example.com`;
    expect(wrongNames("s1", long, {}).map(({ name }) => name)).not.toContain(`s1._domainkey.${long}.${long}`);
  });

  test("R-51 they are few", () => {
    expect(names.length).toBeLessThan(35);
  });
});

test.each<[name: string, selector: string | undefined]>([
  ["s1._domainkey.example.com.example.com", "s1"],
  ["feb2026.mail._domainkey.example.com.example.com", "feb2026.mail"],
  ["s1.domainkey.example.com", "s1"],
  ["s1._domiankey.example.com", "s1"],
  ["s1._domainley.example.com", "s1"],
  ["_domainkey.s1.example.com", "s1"],
  ["s1._domainkey.s1._domainkey.example.com", "s1"],
  ["s1._domainkey", "s1"],
  ["s1._domainkey.example.com", undefined],
  ["_domainkey.example.com", undefined],
  ["*._domainkeys.example.com", undefined],
  ["www.example.com", undefined],
  ["s1.domains.example.com", undefined],
  ["s1._domainkey.example.net", undefined],
  ["example.com", undefined],
])("AUD-C-08 %s means %s", (name, selector) => {
  expect(selectorMeantBy(name, "example.com")?.selector).toBe(selector);
});

test("AUD-C-08 a key at a host's name is the key of that selector, not one at the domain itself or at _domainkey", () => {
  expect(selectorOfKeyAt("s1.example.com", "example.com")).toBe("s1");
  expect(selectorOfKeyAt("_domainkey.example.com", "example.com")).toBeUndefined();
  expect(selectorOfKeyAt("*.example.com", "example.com")).toBeUndefined();
  expect(selectorOfKeyAt("example.com", "example.com")).toBeUndefined();
  expect(selectorOfKeyAt("s1.mail.example.com", "example.com")).toBeUndefined();
});

test("what stands at a wrong name counts as a key by what it says or where it leads", () => {
  const present = (text: string) =>
    ({ aliases: [], finalName: "a", outcome: "present", texts: [{ text, ttlSeconds: 60 }] }) as const;
  const alias = (target: string) =>
    ({
      aliases: [{ name: "a", target, ttlSeconds: 60 }],
      finalName: target,
      outcome: "absent",
      reason: "nxdomain",
    }) as const;
  expect(isKeyLike(present("v=DKIM1; p="), {})).toBe(true);
  expect(isKeyLike(present(`k=rsa; p=${"A".repeat(216)}`), {})).toBe(true);
  expect(isKeyLike(present("v=spf1 -all"), {})).toBe(false);
  expect(isKeyLike(present("p=reject; rua=mailto:d@example.com"), {})).toBe(false);
  expect(isKeyLike(alias("s1.domainkey.u1.esp.example"), {})).toBe(true);
  expect(isKeyLike(alias("s1.dkim.esp.example"), {})).toBe(true);
  expect(isKeyLike(alias("web.esp.example"), {})).toBe(false);
  expect(isKeyLike(alias("web.esp.example"), { target: "web.esp.example" })).toBe(true);
});
