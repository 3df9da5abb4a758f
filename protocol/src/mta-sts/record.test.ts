import { expect, test } from "vitest";
import { isMtaStsRecord, parseMtaStsRecord } from "./record.ts";

test.each<[text: string, id: string]>([
  ["v=STSv1; id=20160831085700Z;", "20160831085700Z"],
  ["v=STSv1;id=1", "1"],
  ["v=STSv1 ; id=a ; x-y.z=b c ;  ", "a"],
])("STS-01 %j", (text, id) => {
  expect(isMtaStsRecord(text)).toBe(true);
  expect(parseMtaStsRecord(text)).toEqual({ ok: true, value: { id } });
});

test.each<[text: string, problem: RegExp]>([
  ["v=STSv1;", /id= is missing/],
  ["v=STSv1; id=2016-08-31;", /letters and digits/],
  [`v=STSv1; id=${"a".repeat(33)}`, /letters and digits/],
  ["v=STSv1; id=1; id=2", /twice/],
  ["v=STSv1; id", /name=value/],
  ["v=STSv1; id=;", /name=value/],
  ["v=STSv1; ID=1", /id= is missing/],
  ["v=stsv1; id=1", /begin/],
  ["v=STSv1 id=1", /begin/],
  ["id=1; v=STSv1", /begin/],
  [`v=STSv1; id=1; x=${"y".repeat(1100)}`, /over 1024/],
  [`v=STSv1; ${"a=b;".repeat(200)}`, /too many/],
])("STS-01 %j is no record", (text, problem) => {
  expect(parseMtaStsRecord(text)).toMatchObject({ ok: false, problem: expect.stringMatching(problem) as string });
});

test("only what begins like one counts as one", () => {
  expect(isMtaStsRecord("v=STSv10; id=1")).toBe(false);
  expect(isMtaStsRecord("v=spf1 -all")).toBe(false);
});
