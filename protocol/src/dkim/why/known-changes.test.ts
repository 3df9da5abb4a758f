import { describe, expect, test } from "vitest";
import { knownChanges } from "./known-changes.ts";
import { bodyRows } from "./test-body-rows.ts";
import { headerRows } from "./test-header-rows.ts";
import { named, signed, plain } from "./test-signed.ts";

describe("a change of the body is named:", () => {
  test.each(bodyRows)("$is", async ({ change, named: kinds, message = plain, options }) => {
    expect(await named(change(await signed(message, options)))).toEqual(kinds);
  });
});

describe("a change of the header is named:", () => {
  test.each(headerRows)("$is", async ({ change, named: kinds, message = plain, options }) => {
    expect(await named(change(await signed(message, options)))).toEqual(kinds);
  });
});

test("every known change is shown", () => {
  const shown = [...bodyRows, ...headerRows].flatMap(({ named }) => named.map((words) => words.split(" ")[0]));
  expect(new Set(shown)).toEqual(new Set(Object.keys(knownChanges)));
});
