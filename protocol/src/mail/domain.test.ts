import { describe, expect, test } from "vitest";
import { isAtOrBelow, parseDomain } from "./domain.ts";
import { punycode } from "./punycode.ts";

describe("domain names", () => {
  test.each([
    ["Example.COM", "example.com"],
    ["a-b_c.example", "a-b_c.example"],
    ["xn--bcher-kva.example", "xn--bcher-kva.example"],
    ["DKIM-V-33 b\u00fccher.example", "xn--bcher-kva.example"],
    ["DKIM-V-33 B\u00dcCHER.example", "xn--bcher-kva.example"],
    ["DKIM-V-33 bu\u0308cher.example", "xn--bcher-kva.example"],
    ["\u4f8b\u3048.\u30c6\u30b9\u30c8", "xn--r8jz45g.xn--zckzah"],
    ["fa\u00df.example", "xn--fa-hia.example"],
  ])("%s is %s", (text, name) => {
    expect(parseDomain(text.replace("DKIM-V-33 ", ""))).toEqual({ ok: true, value: name });
  });

  test.each([
    ["an empty name", ""],
    ["a final dot", "example.com."],
    ["an empty label", "example..com"],
    ["a label of 64 octets", `${"a".repeat(64)}.com`],
    ["a name of 254 octets", `${"a.".repeat(126)}ab`],
    ["an address literal", "[192.0.2.1]"],
    ["white space", "exa mple.com"],
    ["NUL", "example.com\0.net"],
    ["a quote", "example.com'a.example.net"],
    ["a parenthesis", "example.com(.example.net"],
    ["an escape", "example\\.com"],
    ["full-width letters, which are no U-label", "\uff45xample.com"],
    ["an ideographic full stop, which is no dot", "example\u3002com"],
    ["a symbol", "\u2603.example"],
    ["a right-to-left override", "exa\u202emple.com"],
  ])("%s is refused", (_title, text) => {
    expect(parseDomain(text).ok).toBe(false);
  });

  test("at or below is judged at label boundaries", () => {
    expect(isAtOrBelow("example.com", "example.com")).toBe(true);
    expect(isAtOrBelow("a.example.com", "example.com")).toBe(true);
    expect(isAtOrBelow("badexample.com", "example.com")).toBe(false);
    expect(isAtOrBelow("com", "example.com")).toBe(false);
  });
});

/** RFC 3492 §7.1, lower-cased. */
test.each([
  [
    "(A) Arabic",
    "\u0644\u064a\u0647\u0645\u0627\u0628\u062a\u0643\u0644\u0645\u0648\u0634\u0639\u0631\u0628\u064a\u061f",
    "egbpdaj6bu4bxfgehfvwxn",
  ],
  ["(B) Chinese", "\u4ed6\u4eec\u4e3a\u4ec0\u4e48\u4e0d\u8bf4\u4e2d\u6587", "ihqwcrb4cv8a8dqg056pqjye"],
  ["(D) Czech", "pro\u010dprost\u011bnemluv\u00ed\u010desky", "proprostnemluvesky-uyb24dma41a"],
  ["(L) a Japanese name with digits", "3\u5e74b\u7d44\u91d1\u516b\u5148\u751f", "3b-ww4c5e180e575a65lsy2b"],
  ["(S) with ASCII that is no letter", "-> $1.00 <-", "-> $1.00 <--"],
])("RFC 3492 example %s", (_title, label, encoded) => {
  expect(punycode(label)).toBe(encoded);
});
