import { expect, test } from "vitest";
import { mtaStsAllows, parseMtaStsPolicy } from "./policy.ts";

const lines = (...all: string[]): string => all.join("\r\n");

test("STS-03 the example of RFC 8461 §3.2", () => {
  const text = lines(
    "version: STSv1",
    "mode: enforce",
    "mx: mail.example.com",
    "mx: *.example.net",
    "mx: backupmx.example.com",
    "max_age: 604800",
    "",
  );
  expect(parseMtaStsPolicy(text)).toEqual({
    ok: true,
    value: {
      mode: "enforce",
      mx: ["mail.example.com", "*.example.net", "backupmx.example.com"],
      maxAgeSeconds: 604_800,
    },
  });
});

test.each<[title: string, text: string]>([
  [
    "LF, no white space, any order, no line end at the end",
    "mode:testing\nmax_age:0\nmx:MX.example.com\nversion:STSv1",
  ],
  ["none needs no mx", lines("version: STSv1", "mode: none", "max_age: 86400")],
  [
    "unknown keys, and a key twice: the first counts",
    lines("version: STSv1", "mode: none", "mode: x", "y-1: z", "max_age: 1"),
  ],
  ["white space behind values, empty lines", lines("version: STSv1  ", "", "mode: none\t", "max_age: 31557600 ")],
])("STS-03 %s", (_title, text) => {
  expect(parseMtaStsPolicy(text)).toMatchObject({ ok: true });
});

test.each<[text: string, problem: RegExp]>([
  [lines("mode: none", "max_age: 1"), /version/],
  [lines("version: STSv2", "mode: none", "max_age: 1"), /version/],
  [lines("version: STSv1", "mode: Enforce", "mx: a.example", "max_age: 1"), /mode/],
  [lines("version: STSv1", "mode: none"), /max_age/],
  [lines("version: STSv1", "mode: none", "max_age: 31557601"), /max_age/],
  [lines("version: STSv1", "mode: none", "max_age: 1d"), /max_age/],
  [lines("version: STSv1", "mode: enforce", "max_age: 1"), /no mx/],
  [lines("version: STSv1", "mode: enforce", "mx: mail.*.example", "max_age: 1"), /host name/],
  [lines("version: STSv1", "mode: enforce", "mx: *", "max_age: 1"), /host name/],
  [lines("version: STSv1", "mode: enforce", "mx:", "max_age: 1"), /host name/],
  ["<!DOCTYPE html>", /key: value/],
  ["x".repeat(70_000), /over 65536/],
  ["mx: a.example\n".repeat(1001), /too many/],
])("STS-03 %j is no policy", (text, problem) => {
  expect(parseMtaStsPolicy(text)).toMatchObject({ ok: false, problem: expect.stringMatching(problem) as string });
});

test.each([
  ["mail.example.com", "mail.example.com", true],
  ["*.example.com", "mail.example.com", true],
  ["*.example.com", "example.com", false],
  ["*.example.com", "a.mail.example.com", false],
  ["*.example.com", "mail.notexample.com", false],
  ["mail.example.com", "mx.mail.example.com", false],
])("STS-05 %s lets mail go to %s: %s", (pattern, exchange, is) => {
  expect(mtaStsAllows({ mx: ["other.example", pattern] }, exchange)).toBe(is);
});
