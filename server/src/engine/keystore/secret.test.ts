import { inspect } from "node:util";
import { expect, test } from "vitest";
import { Secret } from "./secret.ts";

const secret = new Secret("open sesame");

const prints: [string, string][] = [
  ["joined text", ["", secret].join("")],
  ["String()", String(secret)],
  ["JSON", JSON.stringify({ secret })],
  ["inspect", inspect({ secret }, { showHidden: true, depth: 9 })],
  ["an error message", new Error("bad", { cause: secret }).stack + inspect(new Error("bad", { cause: secret }))],
  ["its keys", JSON.stringify(Object.entries(secret))],
  ["a copy", JSON.stringify(Object.assign({}, secret))],
];
for (const [how, printed] of prints) {
  test(`a secret does not show in ${how}`, () => {
    expect(printed).not.toContain("sesame");
  });
}

test("a secret opens where that is asked for", () => {
  expect(secret.open()).toBe("open sesame");
});
