import { describe, expect, test } from "vitest";
import { readFact } from "../key/key-fact.ts";
import { type DomainState, frozenVisibilityWait } from "./rotation-state.ts";
import { keyViews, rotationStepOf } from "./rotation-view.ts";
import { nextStep } from "./rotation.ts";
import { timingPresets } from "./timing-policy.ts";
import {
  type Phase,
  active,
  asked,
  draining,
  gone,
  keyIn,
  late,
  policy,
  published,
  publishing,
  requested,
  roundOf,
  seenAt,
  servfail,
  standby,
  stateOf,
  told,
  waitMs,
  withdrawing,
} from "./rotation.fixture.ts";

describe("the next step", () => {
  test.each<[string, DomainState, string]>([
    ["a domain without a key plans its first", stateOf([]), "plan"],
    [
      "a planned key is generated",
      stateOf([], { rotations: [{ id: "r0", reason: "first", requestedAt: 0 }] }),
      "generate",
    ],
    ["a published key is looked at", stateOf([publishing]), "observe k1"],
    [
      "seen everywhere, it is confirmed",
      stateOf([publishing], seenAt(1000, [publishing, roundOf(publishing, 1000)])),
      "record confirmed k1",
    ],
    [
      "I-12 SERVFAIL confirms nothing",
      stateOf([publishing], seenAt(1000, [publishing, roundOf(publishing, 1000, servfail)])),
      "wait",
    ],
    [
      "I-11 when its wait is over it is looked at again first",
      stateOf([published], seenAt(late, [published, roundOf(published, waitMs - 400_000)])),
      "observe k1",
    ],
    [
      "I-11 seen after its wait, it is ready",
      stateOf([published], seenAt(late, [published, roundOf(published, late)])),
      "record ready k1",
    ],
    [
      "S13 seen missing while it waits, it starts again",
      stateOf([published], seenAt(5000, [published, roundOf(published, 5000, gone)])),
      "record unconfirmed k1",
    ],
    [
      "I-12 SERVFAIL while it waits takes nothing back",
      stateOf([published], seenAt(5000, [published, roundOf(published, 5000, servfail)])),
      "wait",
    ],
    [
      "S16 a TTL that grew lengthens its wait",
      stateOf([published], seenAt(5000, [published, roundOf(published, 5000, undefined, 86_400)])),
      "record lengthened k1",
    ],
    [
      "a stand-by that is seen missing is no stand-by",
      stateOf([active, standby], seenAt(5000, [standby, roundOf(standby, 5000, gone)])),
      "record unconfirmed k2",
    ],
    [
      "a requested rotation looks at the stand-by first",
      stateOf([active, standby], asked(active, standby)),
      "observe k2",
    ],
    [
      "and then switches to it",
      stateOf([active, standby], { ...asked(active, standby), ...seenAt(5000, [standby, roundOf(standby, 5000)]) }),
      "switch",
    ],
    [
      "what was seen eleven minutes ago is not fresh",
      stateOf([active, standby], { ...asked(active, standby), ...seenAt(661_000, [standby, roundOf(standby, 1000)]) }),
      "observe k2",
    ],
    [
      "S5 nor what the wall clock calls old",
      stateOf([active, standby], {
        ...asked(active, standby),
        ...seenAt(62_000, [standby, roundOf(standby, 1000)]),
        wallMs: 9e9,
      }),
      "observe k2",
    ],
    [
      "S11 a further rotation waits while another name drains",
      stateOf([active, standby, draining], {
        ...asked(active, standby, draining),
        ...seenAt(5000, [standby, roundOf(standby, 5000)]),
      }),
      "wait",
    ],
    [
      "a drained key is withdrawn once its successor was seen again",
      stateOf(
        [active, standby, draining],
        seenAt(late, [active, roundOf(active, late)], [standby, roundOf(standby, late)]),
      ),
      "withdraw k3",
    ],
    [
      "I-11 not before it was",
      stateOf(
        [active, standby, draining],
        seenAt(late, [active, roundOf(active, waitMs - 400_000)], [standby, roundOf(standby, late)]),
      ),
      "observe k1",
    ],
    [
      "a withdrawn record is looked for until it is gone",
      stateOf([active, standby, withdrawing], seenAt(late, [standby, roundOf(standby, late)])),
      "observe k3",
    ],
    [
      "gone everywhere is recorded",
      stateOf(
        [active, standby, withdrawing],
        seenAt(late, [standby, roundOf(standby, late)], [withdrawing, roundOf(withdrawing, late, gone)]),
      ),
      "record absent k3",
    ],
  ])("%s", (_, state, expected) => {
    expect(told(nextStep(state, policy))).toBe(expected);
  });

  test("I-21 a policy that became shorter shortens no wait that runs, and a shorter TTL does not either", () => {
    const hasty = { ...timingPresets.lab, confirmRounds: 1, rotateAfterSeconds: policy.rotateAfterSeconds };
    const state = stateOf([published], seenAt(waitMs - 1, [published, roundOf(published, waitMs - 1, undefined, 5)]));
    expect(nextStep(state, hasty)).toMatchObject({ do: "wait" });
    const drains = stateOf([active, standby, draining], seenAt(waitMs, [standby, roundOf(standby, waitMs)]));
    expect(nextStep(drains, hasty)).toMatchObject({ do: "wait" });
  });

  test("I-21 a wait that was lengthened stays so", () => {
    const lengthened = readFact({ kind: "lengthened", at: 0, trustedMs: 0, evidence: { waitSeconds: 20_000 } });
    expect(frozenVisibilityWait({ ...published, facts: [...published.facts, lengthened] })).toBe(20_000);
  });

  test("F-51 a fact of a later version stops everything about the domain, and says so", () => {
    const strange = {
      ...standby,
      facts: [...standby.facts, readFact({ kind: "escrowed", at: 0, trustedMs: 0, evidence: {} })],
    };
    const step = nextStep(stateOf([active, strange], asked(active)), policy);
    expect(step).toMatchObject({
      do: "wait",
      waits: [{ for: "newer-version", keyId: "k2", reason: expect.stringContaining("escrowed") }],
    });
  });

  test("S11 the reason names what drains, and until when", () => {
    const state = stateOf([active, standby, draining], {
      ...asked(active, standby, draining),
      ...seenAt(5000, [standby, roundOf(standby, 5000)]),
    });
    const { keys } = keyViews(state, policy);
    expect(keys.find(({ key }) => key === standby)?.waits).toContainEqual({
      for: "rotation",
      keyId: "k2",
      role: "primary",
      untilTrustedMs: waitMs,
      reason: "s3 still draining",
    });
    expect(rotationStepOf(state, requested, "primary")).toBe("READY");
  });

  test("a successor without a free name waits for the one that is free first", () => {
    const other = { ...keyIn("draining", 2), facts: keyIn("withdrawing", 2).facts };
    const step = nextStep(stateOf([active, other, draining], seenAt(1000, [other, roundOf(other, 1000)])), policy);
    expect(step).toMatchObject({ do: "wait" });
    expect(step.do === "wait" && step.waits.map(({ reason }) => reason)).toContain("s3 still draining");
  });

  test("each role has a rotation of its own: a second role is not served by the first", () => {
    const state = stateOf([active, standby], {
      algorithms: ["rsa-sha256", "ed25519-sha256"],
      ...seenAt(5000, [standby, roundOf(standby, 5000)]),
    });
    expect(nextStep(state, policy)).toMatchObject({ do: "generate", role: "second", slot: 4 });
  });
});

test("a rotation is told by the words of its steps", () => {
  const serving = (phase: Phase): DomainState => {
    const old = { ...keyIn(phase, 3), id: "old" };
    const facts = active.facts.map((fact) =>
      fact.kind === "activated" ? { ...fact, evidence: { ...fact.evidence, serves: "r9", replaces: "old" } } : fact,
    );
    return stateOf([old, { ...active, facts }], asked(active));
  };
  expect(rotationStepOf(stateOf([active], asked(active)), requested, "primary")).toBe("PLANNED");
  expect(rotationStepOf(serving("draining"), requested, "primary")).toBe("DRAIN");
  expect(rotationStepOf(serving("withdrawing"), requested, "primary")).toBe("WITHDRAW");
  expect(rotationStepOf(serving("withdrawn"), requested, "primary")).toBe("DONE");
});
