import { expect, test } from "vitest";
import type { EarlierSight } from "../../evidence/history.ts";
import { keyOld } from "./key-old.ts";
import { at, day, evidence, keyName, keys, told } from "./test-evidence.ts";

const sight = (fingerprint: string | undefined, from: number, to: number): EarlierSight => ({
  firstSeen: at - from * day,
  lastSeen: at - to * day,
  targets: [],
  ...(fingerprint !== undefined && { fingerprint }),
});
const seenBefore = (...sights: EarlierSight[]) => evidence({ history: { keyNames: { [keyName]: sights } } });
const { now, before } = keys;

test.each<[title: string, sights: EarlierSight[], expected: string[] | string]>([
  ["a year and a day", [sight(now.fingerprint, 366, 1)], ["low KeyOld"]],
  ["a year", [sight(now.fingerprint, 365, 1)], "passed"],
  ["a new key after an old one", [sight(before.fingerprint, 900, 20), sight(now.fingerprint, 20, 1)], "passed"],
  [
    "the same key after another one",
    [sight(now.fingerprint, 900, 500), sight(before.fingerprint, 500, 20), sight(now.fingerprint, 20, 1)],
    "passed",
  ],
  ["a key that was never seen before", [sight(before.fingerprint, 900, 1)], "needs evidence"],
])("%s", (_title, sights, expected) => {
  expect(told(keyOld, seenBefore(...sights))).toEqual(expected);
});

test("nobody looked before: nothing is known of its age", () => {
  expect(told(keyOld, evidence({}))).toBe("needs evidence");
});
