import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { phaseOf } from "../server/src/model/key-phase.ts";
import type { KeyAlgorithm } from "../server/src/model/key-role.ts";
import { day, hour } from "../server/src/model/seconds.ts";
import { timingPresets } from "../server/src/model/timing-policy.ts";
import { play, type Run } from "./simulation/rotation-play.ts";

const between = (min: number, max: number) => fc.integer({ min, max });
const runs: fc.Arbitrary<Run> = fc.record({
  method: fc.constantFrom("cname-ring", "ns-branch"),
  algorithms: fc.constantFrom<KeyAlgorithm[]>(["rsa-sha256"], ["rsa-sha256", "ed25519-sha256"]),
  policy: fc
    .record({ queue: between(hour, 5 * day), rotateDays: between(10, 120), rounds: between(1, 4) })
    .map(({ queue, rotateDays, rounds }) => ({
      ...timingPresets.default,
      milterOwnQueueSeconds: queue,
      rotateAfterSeconds: rotateDays * day,
      confirmRounds: rounds,
    })),
  customerTtl: between(60, day),
  negativeTtl: between(30, 3 * hour),
  lagSeconds: between(0, 2 * hour),
  silent: fc.array(
    between(0, 9).map((dice) => dice === 0),
    { minLength: 20, maxLength: 20 },
  ),
  requests: fc.array(between(1, 2000), { maxLength: 12 }),
  moves: fc.array(fc.record({ hours: between(1, 4000), customerHours: between(1, 300), abort: fc.boolean() }), {
    maxLength: 4,
  }),
  lateness: fc.array(between(0, 3 * hour), { minLength: 10, maxLength: 10 }),
});

describe("years of rotation", () => {
  test("I-1 to I-6 and I-13 hold whatever the timing, and a world that answers gets its key", () => {
    fc.assert(
      fc.property(runs, (run) => {
        const { events } = play(run, 3, 4000);
        expect(run.silent.includes(true) || events.some(({ kind }) => kind === "activated")).toBe(true);
      }),
      { numRuns: 25 },
    );
  });

  test("a domain that moves from a ring to a branch and back comes to each method's end, and what it left can go (I-20)", () => {
    const run: Run = {
      method: "cname-ring",
      algorithms: ["rsa-sha256", "ed25519-sha256"],
      policy: timingPresets.default,
      customerTtl: hour,
      negativeTtl: 300,
      lagSeconds: 60,
      silent: [false],
      requests: [],
      moves: [false, true, false].map((abort) => ({ hours: 100, customerHours: abort ? 0 : 2, abort })),
      lateness: [0],
    };
    const { events, keys } = play(run, 1, 200_000);
    const told = events.filter(({ kind }) => kind.startsWith("move ")).map(({ kind }) => kind.slice("move ".length));
    const moved = ["requested", "asked", "delegated", "settled", "cleared"];
    const givenUp = ["requested", "asked", "delegated", "aborted", "settled", "cleared"];
    expect(told).toEqual([...moved, ...givenUp, ...moved]);
    const active = keys.filter(({ facts }) => phaseOf(facts) === "active");
    expect(active.map(({ method }) => method.name)).toEqual(["cname-ring", "cname-ring"]);
  });

  test("ten years of a ring turn it some forty times, and every old key comes to its end (I-20)", () => {
    const run: Run = {
      method: "cname-ring",
      algorithms: ["rsa-sha256"],
      policy: { ...timingPresets.default, rotateAfterSeconds: 90 * day, watchIntervalSeconds: 6 * hour },
      customerTtl: hour,
      negativeTtl: 300,
      lagSeconds: 60,
      silent: [false],
      requests: [],
      moves: [],
      lateness: [0],
    };
    const { events, keys } = play(run, 10, 200_000);
    expect(events.filter(({ kind }) => kind === "activated").length).toBeGreaterThanOrEqual(39);
    const ended = keys.filter(({ facts }) => phaseOf(facts) === "destroyed").length;
    expect(ended).toBeGreaterThanOrEqual(keys.length - 4);
    expect(new Set(keys.map(({ slot }) => slot))).toEqual(new Set([1, 2, 3]));
  });
});
