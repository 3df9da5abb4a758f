import { expect, test } from "vitest";
import { targetNameOf } from "./upstream-target.ts";

test.each([
  ["S1.Upstream.example.", "s1.upstream.example"],
  [" s1.upstream.example ", "s1.upstream.example"],
  ["..", undefined], // the root, and a dot too many
  [".", undefined],
  ["", undefined],
  ["localhost", undefined],
  ["a b", undefined],
])("%j leads an alias to %j", (written, target) => {
  expect(targetNameOf(written)).toBe(target);
});
