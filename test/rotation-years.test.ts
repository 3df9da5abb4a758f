import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { phaseOf } from "../server/src/model/key/key-phase.ts";
import type { KeyAlgorithm } from "../server/src/model/key/key-role.ts";
import { policyPresets } from "../server/src/model/rotation/rotation-policy.ts";
import { day, hour } from "../server/src/model/seconds.ts";
import { timingPresets } from "../server/src/model/rotation/timing-policy.ts";
import { commands } from "./simulation/play-commands.ts";
import { begin, type Setting } from "./simulation/play-world.ts";
import { comeToRest, pass } from "./simulation/rotation-play.ts";

const between = (min: number, max: number) => fc.integer({ min, max });
const settings: fc.Arbitrary<Setting> = fc.record({
  method: fc.constantFrom(
    "cname-ring",
    "ns-branch",
    "ns-subdomain",
    "ns-domainkey",
    "third-party-domain",
    "cname-series",
  ),
  names: between(2, 5),
  algorithms: fc.constantFrom<KeyAlgorithm[]>(["rsa-sha256"], ["rsa-sha256", "ed25519-sha256"]),
  policy: fc
    .record({
      queue: between(hour, 5 * day),
      rotateDays: between(20, 200),
      rounds: between(1, 4),
      watch: between(1, 7),
    })
    .map(({ queue, rotateDays, rounds, watch }) => ({
      ...timingPresets.default,
      milterOwnQueueSeconds: queue,
      rotateAfterSeconds: rotateDays * day,
      confirmRounds: rounds,
      watchIntervalSeconds: watch * day, // a look that nothing waits for: the fewer of them, the longer the play
      observeIntervalSeconds: hour,
    })),
  ttl: between(60, day),
  negativeTtl: between(30, 3 * hour),
  lag: between(0, 2 * hour),
  customerTakes: between(60, 5 * day),
});
/** `CHANCERY_PLAYS=1000`: so many plays and so many domains, however long they take; else the same ones each time, as many as eight seconds allow. */
const asked = process.env["CHANCERY_PLAYS"];
const numRuns = Number(asked ?? 1000);
const bounded = asked === undefined ? { interruptAfterTimeLimit: 8_000, seed: 20_261_122 } : {};
const timeout = asked === undefined ? 60_000 : 3_600_000;

describe("whatever happens to a domain", () => {
  test(
    "I-1 to I-6, I-11 to I-15, I-17, I-18, I-21 and I-22 hold after each step, and it comes to rest with a key that signs (I-20)",
    { timeout },
    () => {
      fc.assert(
        fc.property(settings, fc.commands(commands, { size: "+1" }), (setting, happenings) => {
          const it = begin(setting);
          pass(it, 0);
          fc.modelRun(() => ({ model: {}, real: it }), happenings);
          comeToRest(it);
        }),
        // A failure prints its seed and the shortest way to it.
        { numRuns, ...bounded },
      );
    },
  );
});

/** Mixed as a tenant's domains are: some at high risk, some of which customers are slow, with one key or two. */
function domainNumber(index: number): Setting {
  const of = <T>(...choices: readonly [T, ...T[]]): T => choices[index % choices.length] ?? choices[0];
  const preset = policyPresets[of("standard", "high-risk", "standard")];
  return {
    method: of(
      "cname-ring",
      "ns-branch",
      "cname-ring",
      "ns-subdomain",
      "cname-series",
      "ns-domainkey",
      "third-party-domain",
    ),
    names: of(3, 2, 3, 4, 5),
    algorithms: index % 11 === 0 ? ["rsa-sha256", "ed25519-sha256"] : ["rsa-sha256"],
    policy: {
      ...timingPresets.default,
      rotateAfterSeconds: preset.intervalSeconds,
      watchIntervalSeconds: 60 * day,
      observeIntervalSeconds: hour,
    },
    ttl: of(300, hour, day, hour),
    negativeTtl: of(300, 60, 3 * hour),
    lag: of(0, 60, hour, 600),
    customerTakes: of(hour, day, 10 * day),
  };
}

describe("ten years", () => {
  test(
    "of domains under mixed methods and policies: each turns its keys twenty times or forty, with every invariant held after each step",
    { timeout },
    () => {
      const domains = asked === undefined ? 40 : numRuns;
      let [rotations, ended, keys] = [0, 0, 0];
      for (let index = 0; index < domains; index++) {
        const it = begin(domainNumber(index));
        pass(it, 3650 * day);
        const activations = it.events.filter(({ kind }) => kind === "activated").length;
        expect(activations).toBeGreaterThanOrEqual(15 * it.algorithms.length);
        rotations += activations;
        keys += it.keys.length;
        ended += it.keys.filter(({ facts }) => phaseOf(facts) === "destroyed").length;
      }
      expect(rotations).toBeGreaterThan(25 * domains);
      expect(ended).toBeGreaterThan(keys * 0.75);
    },
  );
});
