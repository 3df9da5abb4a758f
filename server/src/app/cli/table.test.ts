import { expect, test } from "vitest";
import { table } from "./table.ts";

test("columns are as wide as their cells; a very long cell, a key record for one, runs over in its own line alone", () => {
  const long = "x".repeat(400);
  expect(
    table(
      ["NAME", "DATA", "STATE"],
      [
        ["a", "target.example", "present"],
        ["bcdef", long, "absent"],
      ],
    ).split("\n"),
  ).toEqual(["NAME   DATA            STATE", "a      target.example  present", `bcdef  ${long}  absent`]);
});
