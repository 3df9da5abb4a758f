import { expect, test } from "vitest";
import type { ClaimKey } from "./delegation.ts";
import type { KeyPhase } from "../key/key-phase.ts";
import type { RecordState } from "./record-check.ts";
import { targetMissing } from "./target-missing.ts";

const name = "s1._domainkey.customer.example";
const keyIn = (phase: KeyPhase): ClaimKey => ({ keyName: name, recordName: "abc.dkim.esp.example", phase }) as ClaimKey;

test.each<[string, KeyPhase, RecordState, RecordState | undefined, string | undefined]>([
  ["a key that signs and is gone behind the alias", "active", "present", "wrong", "TargetMissing"],
  ["one that drains", "draining", "present", "absent", "TargetMissing"],
  ["a key on its way need not be there", "publishing", "present", "wrong", undefined],
  ["I-12 what nobody could tell is not missing", "active", "present", "unknown", undefined],
  ["nobody looked", "active", "present", undefined, undefined],
  ["without the alias the alias is what is missing", "active", "absent", "wrong", undefined],
])("%s", (_, phase, state, behind, code) => {
  const seen = { name, state, behind: behind && { state: behind, reasons: ["192.0.2.1: nothing there"] } };
  expect(targetMissing(seen, [keyIn(phase)])?.code).toBe(code);
});
