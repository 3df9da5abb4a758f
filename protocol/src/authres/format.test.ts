import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AuthenticationResults, MethodResult, Property } from "./authentication-results.ts";
import { format } from "./format.ts";
import { parse } from "./parse.ts";

const results = (...all: MethodResult[]): AuthenticationResults => ({
  authservId: "example.com",
  version: null,
  results: all,
});
const result = (method: string, word: string, ...properties: Property[]): MethodResult => ({
  method,
  version: null,
  result: word,
  reason: null,
  properties,
});
const property = (ptype: string, name: string, value: string): Property => ({ ptype, property: name, value });
const valueOf = (value: string): string => format(results(result("x", "y", property("header", "d", value))));

test("AR-11 two signatures, SPF without local parts, and DMARC", () => {
  const field = format(
    results(
      result(
        "dkim",
        "pass",
        property("header", "d", "example.net"),
        property("header", "i", "@example.net"),
        property("header", "s", "s1"),
        property("header", "a", "rsa-sha256"),
        property("header", "b", "oINEO8hg"),
      ),
      {
        ...result("dkim", "fail", property("header", "d", "example.org"), property("header", "b", "EToR/uvU")),
        reason: "body hash mismatch",
      },
      result("spf", "pass", property("smtp", "mailfrom", "@example.net")),
      result("dmarc", "pass", property("header", "from", "example.net"), property("policy", "dmarc", "reject")),
    ),
  );
  expect(field).toBe(
    [
      "Authentication-Results: example.com;",
      " dkim=pass header.d=example.net header.i=@example.net header.s=s1",
      " header.a=rsa-sha256 header.b=oINEO8hg;",
      ' dkim=fail reason="body hash mismatch" header.d=example.org',
      ' header.b="EToR/uvU";',
      " spf=pass smtp.mailfrom=@example.net;",
      " dmarc=pass header.from=example.net policy.dmarc=reject",
      "",
    ].join("\r\n"),
  );
});

test("AR-10 none stands where nothing was checked, and only there", () => {
  expect(format({ ...results(), version: "1" })).toBe("Authentication-Results: example.com 1;\r\n none\r\n");
  expect(format(results(result("iprev", "fail")))).not.toContain("none");
});

test("AR-06 keywords are written in lower case", () => {
  expect(format(results(result("DKIM", "Pass", property("Header", "D", "Example.net"))))).toContain(
    "dkim=pass header.d=Example.net",
  );
});

describe("AR-23 what strangers wrote stays in its place", () => {
  test.each<[title: string, value: string, expected: string]>([
    ["a line end is taken away", "a\r\nBcc: x@example.net", 'header.d="aBcc: x@example.net"'],
    ["NUL too", "a\0b", "header.d=ab"],
    ["a separator goes into quotes", "a; dmarc=pass", 'header.d="a; dmarc=pass"'],
    ["a comment goes into quotes", "a(b)", 'header.d="a(b)"'],
    ["quotes and backslashes are escaped", 'a"; dmarc=pass \\', 'header.d="a\\"; dmarc=pass \\\\"'],
    ["a plain address needs no quotes", "a.b+c@example.net", "header.d=a.b+c@example.net"],
    ["an address with = gets them", "a=b@example.net", 'header.d="a=b@example.net"'],
    ["UTF-8 gets them", "jos\u00e9@example.net", 'header.d="jos\u00e9@example.net"'],
    ["nothing gets them", "", 'header.d=""'],
  ])("%s", (_title, value, expected) => {
    expect(valueOf(value)).toBe(`Authentication-Results: example.com;\r\n x=y ${expected}\r\n`);
  });

  test("what does not fit in a line is left out, not cut", () => {
    expect(valueOf(`example.net${".x".repeat(500)}`)).toBe("Authentication-Results: example.com;\r\n x=y\r\n");
    expect(format(results({ ...result("x", "y"), reason: '"'.repeat(500) }))).not.toContain("reason");
  });

  test.each<[title: string, broken: AuthenticationResults]>([
    ["a method with a separator", results(result("a;b", "pass"))],
    ["a result with a line end", results(result("a", "pass\r\n"))],
    ["a ptype that is empty", results(result("a", "pass", property("", "d", "x")))],
    ["a property with a hyphen at its end", results(result("a", "pass", property("header", "d-", "x")))],
    ["a version with a letter", { ...results(), version: "1x" }],
    ["a method version with a sign", results({ ...result("a", "b"), version: "-1" })],
    ["an id over 255 characters", { ...results(), authservId: "a".repeat(256) }],
  ])("%s is refused", (_title, broken) => {
    expect(() => format(broken)).toThrow(TypeError);
  });
});

const keyword = fc.stringMatching(/^[a-z0-9-]{0,20}[a-z0-9]$/);
const version = fc.constantFrom(null, "1");
const piece = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.constantFrom('"', "\\", ";", "=", "(", ")", "@", ".", "\t", " ", "/", "none", "example.com", "\u00e9"),
);
const text = fc
  .array(piece, { maxLength: 30 })
  .map((all) => all.join("").replace(/[\0-\x08\x0a-\x1f\x7f]/g, ""))
  .map((one) => one.slice(0, 250));
const anything: fc.Arbitrary<AuthenticationResults> = fc.record({
  authservId: text,
  version,
  results: fc.array(
    fc.record({
      method: keyword,
      version,
      result: keyword,
      reason: fc.option(text),
      properties: fc.array(
        fc.record({ ptype: fc.oneof(keyword, fc.constant("reason")), property: keyword, value: text }),
        {
          maxLength: 5,
        },
      ),
    }),
    { maxLength: 5 },
  ),
});

test("AR-01 parse gives back what format was given, with and without the field's name", () => {
  fc.assert(
    fc.property(anything, (given) => {
      const field = format(given);
      expect(parse(field)).toEqual(given);
      expect(parse(field.slice(field.indexOf(":") + 1))).toEqual(given);
    }),
    { numRuns: 1000 },
  );
});

test("AR-23 whatever strangers wrote comes back without its control characters, and adds nothing", () => {
  const hostile = fc
    .array(fc.oneof(piece, fc.constantFrom("\r\n", "\n", "\r", "\0", "\x7f", "\r\n\r\n", "; dkim=pass", "\ud800")), {
      maxLength: 40,
    })
    .map((all) => all.join(""));
  const clean = (value: string): string => value.replace(/[\0-\x08\x0a-\x1f\x7f]/g, "");
  fc.assert(
    fc.property(hostile, hostile, hostile, (id, reason, value) => {
      const authservId = id.slice(0, 255);
      const field = format({
        ...results({ ...result("dkim", "fail", property("header", "d", value)), reason }),
        authservId,
      });
      expect(parse(field)).toEqual({
        ...results({ ...result("dkim", "fail", property("header", "d", clean(value))), reason: clean(reason) }),
        authservId: clean(authservId),
      });
      expect(field).not.toMatch(/\r(?!\n)|(?<!\r)\n|\r\n(?! |$)|\0/);
    }),
    { numRuns: 1000 },
  );
});

test("AR-23 lines fold at 78 where a word allows it, no line is over 998 octets, none is empty", () => {
  fc.assert(
    fc.property(anything, (given) => {
      const field = format(given);
      expect(field.endsWith("\r\n")).toBe(true);
      for (const line of field.slice(0, -2).split("\r\n")) {
        expect(line).toMatch(/^(?:Authentication-Results:| [^ \t])/);
        expect(Buffer.byteLength(line)).toBeLessThan(998);
        const words = line.replace(/^Authentication-Results: /, " ").replace(/"(?:[^"\\]|\\.)*"/g, "q");
        if (line.length > 78) expect(words.trim().split(" ").length).toBeLessThanOrEqual(2);
      }
    }),
    { numRuns: 1000 },
  );
});
