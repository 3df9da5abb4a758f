import { expect, test } from "vitest";
import { readFact } from "./key-fact.ts";
import { leavesNameFree, phaseOf } from "./key-phase.ts";

const life = (...kinds: string[]) =>
  kinds.map((kind, index) => readFact({ kind, at: index, trustedMs: index, evidence: {} }));

test.each([
  [["generated"], "generated"],
  [["generated", "publishing"], "publishing"],
  [["generated", "publishing", "confirmed"], "published"],
  [["generated", "publishing", "confirmed", "lengthened"], "published"],
  [["generated", "publishing", "confirmed", "unconfirmed"], "publishing"],
  [["generated", "publishing", "confirmed", "ready"], "ready"],
  [["generated", "publishing", "confirmed", "ready", "unconfirmed"], "publishing"],
  [["generated", "publishing", "confirmed", "ready", "activated"], "active"],
  [["generated", "publishing", "confirmed", "ready", "activated", "deactivated"], "draining"],
  [["generated", "publishing", "confirmed", "ready", "activated", "deactivated", "activated"], "active"],
  [["activated", "deactivated", "withdrawing"], "withdrawing"],
  [["activated", "deactivated", "withdrawing", "absent"], "withdrawing"],
  [["activated", "deactivated", "withdrawing", "absent", "withdrawn"], "withdrawn"],
  [["withdrawing", "absent", "withdrawn", "destroyed"], "destroyed"],
  [["activated", "revoking"], "revoking"],
  [["activated", "revoking", "revoked"], "revoked"],
  [[], "unknown"],
])("after %j a key is %s", (kinds, phase) => {
  expect(phaseOf(life(...kinds))).toBe(phase);
});

test("F-51 a fact that this version does not know makes the phase unknown, whatever follows it", () => {
  expect(phaseOf(life("generated", "escrowed", "publishing"))).toBe("unknown");
  expect(phaseOf(life("generated", "toString"))).toBe("unknown");
  expect(leavesNameFree("unknown")).toBe(false);
});
