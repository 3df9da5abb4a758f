import * as fc from "fast-check";
import { describe, test } from "vitest";
import type { KeyAlgorithm } from "../server/src/model/key/key-role.ts";
import { timingPresets } from "../server/src/model/rotation/timing-policy.ts";
import { day, hour } from "../server/src/model/seconds.ts";
import { commands } from "./simulation/play-commands.ts";
import { bring } from "./simulation/play-customer.ts";
import { begin, type Setting } from "./simulation/play-world.ts";
import { comeToRest, pass } from "./simulation/rotation-play.ts";

const between = (min: number, max: number) => fc.integer({ min, max });
const rsa: KeyAlgorithm[] = ["rsa-sha256"];
const method = fc.constantFrom<Setting["method"][]>(
  "cname-ring",
  "ns-branch",
  "ns-subdomain",
  "ns-domainkey",
  "third-party-domain",
  "cname-series",
  "txt",
);
const world = {
  names: between(2, 5),
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
  heedsAfter: fc.nat(2),
  literal: fc.boolean(),
  leases: fc.constantFrom([], [600], [60, hour]),
  disclose: fc.boolean(),
};
const algorithms = fc.constantFrom<KeyAlgorithm[]>(rsa, ["rsa-sha256", "ed25519-sha256"]);
const settings: Record<string, fc.Arbitrary<Setting>> = {
  "a domain": fc.record({ ...world, method, algorithms }),
  "a domain with a stream beside the default one": fc.record({
    ...world,
    method: fc.constantFrom("cname-ring" as const, "ns-branch", "txt"),
    algorithms: fc.constant(rsa),
    streams: fc.constant(["news"]),
  }),
  "a domain whose customer brings the keys": fc.record({
    ...world,
    method: fc.constant("customer-key" as const),
    algorithms: fc.constant(rsa),
  }),
};

/** `CHANCERY_PLAYS=1000`: so many new lives of each kind, however long they take; else the same ones each time. */
const asked = process.env["CHANCERY_PLAYS"];
const timeout = asked === undefined ? 60_000 : 3_600_000;
const usual: Record<string, number> = { "a domain": 60 };
const parameters = (name: string): { numRuns: number; seed?: number } =>
  asked === undefined ? { numRuns: usual[name] ?? 25, seed: 20_261_122 } : { numRuns: Number(asked) };

/**
 * Of the others: that a serial never falls (I-10) is held against real databases and name servers (`changes.suite.ts`, `zone-changes.suite.ts`), that
 * two claims never share a name (I-16) in `delegation.test.ts` and `ownership-history.suite.ts`.
 */
describe("whatever happens to it", () => {
  test.each(Object.entries(settings))(
    "%s keeps I-1 to I-9, I-11 to I-15, I-17 to I-19, I-21 and I-22 after each step, and comes to rest with a key that signs (I-20)",
    { timeout },
    (name, setting) => {
      fc.assert(
        fc.property(setting, fc.commands(commands, { size: "+1" }), (given, happenings) => {
          const it = begin(given);
          bring(it, { how: "shared", keeper: "us" });
          pass(it, 0);
          fc.modelRun(() => ({ model: {}, real: it }), happenings);
          comeToRest(it);
        }),
        // A failure prints its seed and the shortest way to it.
        parameters(name),
      );
    },
  );
});
