import { expect, test } from "vitest";
import { stillPublic } from "./still-public.ts";

const life = (...kinds: string[]) =>
  kinds.map((kind, index) => ({ keyId: "k1", seq: index + 1, kind, at: 0, trustedMs: 0, evidence: {} }));
const active = ["generated", "publishing", "confirmed", "ready", "activated"];

test.each<[string, string[], boolean]>([
  ["an active key", active, true],
  ["a draining key", [...active, "deactivated"], true],
  ["a withdrawn key", [...active, "deactivated", "withdrawing"], false],
  ["§3.5 a key that is being revoked", [...active, "revoking"], false],
  ["I-15 a revoked key that something else was recorded about", [...active, "revoking", "activated"], false],
])("F-47 queued mail signed by %s leaves as it is: %o, %s", (_, kinds, expected) => {
  expect(stillPublic(life(...kinds), ["k1"])).toBe(expected);
});
