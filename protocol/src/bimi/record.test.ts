import { expect, test } from "vitest";
import { isBimiRecord, parseBimiRecord } from "./record.ts";

test.each<[text: string, logo: string | undefined, evidence: string | undefined]>([
  [
    "v=BIMI1; l=https://Images.example.com/logo.svg; a=https://ca.example.net/vmc.pem",
    "images.example.com",
    "ca.example.net",
  ],
  ["v=BIMI1;l=https://example.com/logo.svg;a=;", "example.com", undefined],
  ["v=BIMI1; l=https://example.com:8443/l.svg; avp=brand", "example.com", undefined],
  ["v=BIMI1; l=; a=;", undefined, undefined],
])("%s", (text, logo, evidence) => {
  const record = parseBimiRecord(text);
  expect(record).toMatchObject({ ok: true });
  expect(record.ok && [record.value.logo?.host, record.value.evidence?.host]).toEqual([logo, evidence]);
});

test.each<[text: string, problem: RegExp]>([
  ["v=BIMI1;", /l= is missing/],
  ["v=BIMI1; l=http://example.com/logo.svg", /https/],
  ["v=BIMI1; l=https:///logo.svg", /https/],
  ["v=BIMI1; l=; a=https://example.com/vmc.pem", /without l=/],
  ["v=BIMI1; l=https://a.example/1.svg; l=https://a.example/2.svg", /twice/],
  ["v=BIMI1; l=https://a.example/x y.svg", /https/],
  ["v=BIMI2; l=https://a.example/1.svg", /begin/],
  ["l=https://a.example/1.svg; v=BIMI1", /begin/],
  [`v=BIMI1; l=https://a.example/${"a".repeat(5000)}`, /over 4096/],
])("%j is no record", (text, problem) => {
  expect(parseBimiRecord(text)).toMatchObject({ ok: false, problem: expect.stringMatching(problem) as string });
});

test("only what begins like one was meant as one", () => {
  expect(isBimiRecord("v=BIMI1")).toBe(true);
  expect(isBimiRecord("v=BIMI10; l=")).toBe(false);
});
