import { expect, test } from "vitest";
import { nothingExpected } from "../expectations.ts";
import { knownSelectors } from "./known-selectors.ts";

const known = (hints: Partial<Parameters<typeof knownSelectors>[0]>) =>
  Object.fromEntries(
    knownSelectors({ domain: "example.com", expectations: nothingExpected, namesInZone: [], named: {}, ...hints }),
  );

test("a selector has every source that names it, the surest first", () => {
  const found = known({
    expectations: { ...nothingExpected, selectors: ["s1"], targets: { "s2._domainkey.example.com": "a.example.net" } },
    namesInZone: ["s1._domainkey.example.com", "feb2026.mail._domainkey.example.com", "www.example.com"],
    named: { mail: ["s1", "s3"], report: ["s1"], history: ["s3"] },
  });
  expect(found).toEqual({
    s1: ["given", "report", "mail", "zone"],
    s2: ["given"],
    s3: ["mail", "history"],
    "feb2026.mail": ["zone"],
  });
});

test.each([
  ["a wildcard", ["*._domainkey.example.com"]],
  ["another domain's key name", ["s1._domainkey.example.net"]],
  ["the branch itself", ["_domainkey.example.com"]],
  ["a doubled branch", ["s1._domainkey.s1._domainkey.example.com"]],
])("%s names no selector", (_title, namesInZone) => {
  expect(known({ namesInZone })).toEqual({});
});

test("what a stranger wrote into mail is a selector only where it fits into a name", () => {
  expect(known({ named: { mail: ["", ".", "a..b", "a".repeat(64), "b".repeat(300), "ok"] } })).toEqual({
    ok: ["mail"],
  });
});
