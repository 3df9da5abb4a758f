import { expect, test } from "vitest";
import { countOf, flagOf, memberOf, powerShellText, secondsOf } from "./power-shell-text.ts";

test.each([
  ["/Date(1784055280706)/", 1_784_055_280],
  ["/Date(1784055280706+0200)/", 1_784_055_280],
  ["2026-07-14T18:54:40.7066975Z", 1_784_055_280],
  ["2026-07-14T18:54:40", 1_784_055_280],
  ["2026-07-14 18:54:40Z", 1_784_055_280],
  ["2026-07-14T20:54:40.70+02:00", 1_784_055_280],
  ["2026-07-14T13:54:40-0500", 1_784_055_280],
  ["2024-02-29T00:00:00Z", 1_709_164_800],
  ["2000-03-01T00:00:00Z", 951_868_800],
  ["2100-03-01T00:00:00Z", 4_107_542_400],
])("%s is %d", (text, seconds) => expect(secondsOf(text)).toBe(seconds));

test.each([
  "0001-01-01T00:00:00",
  "/Date(-62135596800000)/",
  "",
  "soon",
  "2026-13-01T00:00:00Z",
  "2026-07-14",
  5,
  null,
  {},
])("%j is no date", (value) => expect(secondsOf(value)).toBeUndefined());

test("a date, an enumeration and a number may each be an object", () => {
  const object = {
    RotateOnDate: { value: "/Date(1784055280706)/", DisplayHint: 2, DateTime: "Tuesday" },
    Status: { value: 2, Value: "Valid" },
    Size: { value: 2048 },
  };
  expect(secondsOf(memberOf(object, "RotateOnDate"))).toBe(1_784_055_280);
  expect(memberOf(object, "Status")).toBe("Valid");
  expect(countOf(memberOf(object, "Size"))).toBe(2048);
});

test("a member is found whatever the case of its name", () => {
  expect(memberOf({ SelectorBeforeRotateonDate: "selector2" }, "SelectorBeforeRotateOnDate")).toBe("selector2");
  expect(memberOf({}, "Domain")).toBeUndefined();
});

test.each([
  [true, true],
  ["True", true],
  ["false", false],
  [1, true],
  [0, false],
  ["yes", undefined],
  [2, undefined],
  [null, undefined],
])("%j as a switch is %j", (value, flag) => expect(flagOf(value)).toBe(flag));

test.each([
  [2048, 2048],
  ["1024", 1024],
  [0, undefined],
  [-1, undefined],
  [1.5, undefined],
  ["many", undefined],
  [null, undefined],
])("%j as a size is %j", (value, count) => expect(countOf(value)).toBe(count));

test("text in UTF-16 and UTF-8, with its mark and without", () => {
  const text = '{"Domain":"example.com"}';
  const wide = Buffer.from(`\uFEFF${text}`, "utf16le");
  expect(powerShellText(wide)).toBe(text);
  expect(powerShellText(Buffer.from(wide).swap16())).toBe(text);
  expect(powerShellText(Buffer.from(`\uFEFF${text}`))).toBe(text);
  expect(powerShellText(Buffer.from(text))).toBe(text);
});
