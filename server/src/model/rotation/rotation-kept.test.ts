import { describe, expect, test } from "vitest";
import type { ChainObservation } from "./chain-observation.ts";
import { customerKey } from "../delegation/delegation-customer-key.ts";
import { txt } from "../delegation/delegation-txt.ts";
import { type KeyFinding, readFact } from "../key/key-fact.ts";
import { residualWindow } from "../key/key-revocation.ts";
import { gone, keyIn, type Phase, policy, roundOf, stateOf, told } from "./rotation.fixture.ts";
import type { ManagedKey } from "./rotation-state.ts";
import { nextStep } from "./rotation.ts";
import { settleWaitSeconds } from "./timing-policy.ts";

// Keys whose record the customer keeps, and keys that it brought.

const day = 86_400;
const withFacts = (key: ManagedKey, atMs: number, ...findings: KeyFinding[]): ManagedKey => ({
  ...key,
  facts: [...key.facts, ...findings.map((finding) => readFact({ ...finding, at: atMs / 1000, trustedMs: atMs }))],
});
function keptIn(phase: Phase): ManagedKey {
  const key = keyIn(phase, 1);
  return { ...key, method: txt, chain: { aliases: [], record: { ...key.chain.record, keptBy: "customer" } } };
}
const at = (atMs: number, key: ManagedKey, ...rounds: ChainObservation[]) =>
  stateOf([key], { method: txt, rounds: new Map([[key.id, rounds]]), trustedMs: atMs, wallMs: atMs });

const askedToRemove: KeyFinding = { kind: "asked", evidence: { request: "remove", actionSeconds: 3 * day } };
const seenGone: KeyFinding = { kind: "absent", evidence: { seenTrustedMs: 1000, waitSeconds: 60 } };
const leaving = withFacts(keptIn("withdrawing"), 1000, askedToRemove, seenGone);

describe("a record that was seen gone", () => {
  test("I-20 S15 is waited for anew, and its customer reminded, where it is there once more", () => {
    const lateMs = 4 * day * 1000;
    const back = at(lateMs, leaving, roundOf(leaving, lateMs));
    expect(told(nextStep(back, policy))).toBe("record reminded k1");
  });

  test("is recorded as gone once more when it has gone again: caches hold what was there in between", () => {
    const state = at(200_000, leaving, roundOf(leaving, 100_000), roundOf(leaving, 200_000, gone));
    const step = nextStep(state, policy);
    expect(told(step)).toBe("record absent k1");
    expect(step).toMatchObject({ finding: { evidence: { seenTrustedMs: 200_000 } } });
  });

  test("frees its name where it stayed away", () => {
    expect(told(nextStep(at(200_000, leaving, roundOf(leaving, 200_000, gone)), policy))).toBe("record withdrawn k1");
  });
});

describe("a TTL that a customer raised", () => {
  test("S16 I-17 counts for what caches hold: it is recorded while the key signs, and promised at a revocation", () => {
    const active = withFacts(keptIn("active"), 0);
    const waitless = { ...active, facts: active.facts.map(shortWait) };
    const step = nextStep(at(5000, waitless, roundOf(waitless, 5000, undefined, day)), policy);
    expect(told(step)).toBe("record lengthened k1");
    if (step.do !== "record") throw new Error("just seen");
    expect(residualWindow(waitless, policy).cacheSeconds).toBe(settleWaitSeconds(3600, policy));
    expect(residualWindow(withFacts(waitless, 5000, step.finding), policy).cacheSeconds).toBe(
      settleWaitSeconds(day, policy),
    );
  });

  test("I-4 is waited for where it was seen just before the record went", () => {
    const key = withFacts(keptIn("withdrawing"), 0, askedToRemove);
    const state = at(9000, key, roundOf(key, 5000, undefined, day), roundOf(key, 9000, gone));
    expect(nextStep(state, policy)).toMatchObject({
      finding: { kind: "absent", evidence: { waitSeconds: settleWaitSeconds(day, policy) } },
    });
  });
});

/** The fixture's wait is longer than any TTL. */
const shortWait = (fact: ManagedKey["facts"][number]): ManagedKey["facts"][number] =>
  fact.kind === "confirmed" ? { ...fact, evidence: { ...fact.evidence, waitSeconds: 4500 } } : fact;

test("I-17 what was seen before a revocation shows nothing: the customer may have published the record since", () => {
  const revoked = withFacts(keptIn("publishing"), 5000, { kind: "revoking", evidence: { reason: "it leaked" } });
  const seen = (...rounds: ChainObservation[]) => ({ ...at(5000, revoked, ...rounds), algorithms: [] });
  expect(told(nextStep(seen(roundOf(revoked, 4000, gone)), policy))).toBe("observe k1");
  expect(told(nextStep(seen(roundOf(revoked, 5000, gone)), policy))).toBe("record revoked k1");
});

test("S27 a claim is given up whose customer brought a key: others may have sent mail with it, so that it drains before it goes", () => {
  const facts = keyIn("ready", 1).facts.map((fact) =>
    fact.kind === "generated" ? { ...fact, evidence: { selfTested: false, brought: "hosted" as const } } : fact,
  );
  const key: ManagedKey = { ...keyIn("ready", 1), method: customerKey, facts };
  const released = (one: ManagedKey) => nextStep({ ...at(5000, one), method: customerKey, released: true }, policy);
  expect(told(released(key))).toBe("destroy k1");
  const discarded = withFacts(key, 5000, { kind: "discarded", evidence: { reason: "given up" } });
  expect(told(released(discarded))).toBe("record deactivated k1");
});

test("I-20 a key that stopped just before its claim was suspended goes when that is in force again", () => {
  const deactivated = keyIn("draining", 1).facts.filter(({ kind }) => kind !== "stopped");
  const silenced: KeyFinding = { kind: "silenced", evidence: { zone: "example.com", serial: 2, recordTtlSeconds: 60 } };
  const key = withFacts({ ...keyIn("draining", 1), facts: deactivated }, 1000, silenced);
  const active = keyIn("active", 2);
  const step = nextStep(stateOf([key, active], { trustedMs: 5000, wallMs: 5000 }), policy);
  expect(told(step)).toBe("record stopped k1");
});
