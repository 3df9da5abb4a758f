import { expect, test } from "vitest";
import { type KeyFinding, readFact } from "../key/key-fact.ts";
import { keyIn, type Phase } from "../rotation/rotation.fixture.ts";
import { customerActionDue } from "./customer-action.ts";

const codeOf = (phase: Phase, request: "publish" | "remove", isGivenUp: boolean): string | undefined => {
  const key = keyIn(phase, 1);
  const asked: KeyFinding = { kind: "asked", evidence: { request, actionSeconds: 60 } };
  const facts = [...key.facts, readFact({ ...asked, at: 1, trustedMs: 1000 })];
  return customerActionDue({ keyName: "s._domainkey.customer.example", record: "v=DKIM1; p=", facts }, 2, isGivenUp)
    ?.remedy;
};

test("a record is asked for until the claim, or the move to its method, is given up", () => {
  expect(codeOf("publishing", "publish", false)).toContain("publish s._domainkey");
  expect(codeOf("publishing", "publish", true)).toBeUndefined();
});

test("what has drained is to be removed also from a claim that is given up", () => {
  expect(codeOf("withdrawing", "remove", true)).toContain("remove the TXT record");
});
