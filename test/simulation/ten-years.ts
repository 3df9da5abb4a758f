import { expect } from "vitest";
import { phaseOf } from "../../server/src/model/key/key-phase.ts";
import { policyPresets } from "../../server/src/model/rotation/rotation-policy.ts";
import { day, hour } from "../../server/src/model/seconds.ts";
import { timingPresets } from "../../server/src/model/rotation/timing-policy.ts";
import { begin, type Setting } from "./play-world.ts";
import { pass } from "./rotation-play.ts";

/** Mixed as a tenant's domains are: some at high risk, some of which customers are slow, with one key or two, one stream or two. */
export function domainNumber(index: number): Setting {
  const of = <T>(...choices: readonly [T, ...T[]]): T => choices[index % choices.length] ?? choices[0];
  const preset = policyPresets[of("standard", "high-risk", "standard")];
  const method = of<Setting["method"]>(
    "cname-ring",
    "ns-branch",
    "cname-ring",
    "txt",
    "ns-subdomain",
    "cname-series",
    "ns-domainkey",
    "third-party-domain",
  );
  return {
    method,
    names: of(3, 2, 3, 4, 5),
    algorithms: index % 11 === 0 ? ["rsa-sha256", "ed25519-sha256"] : ["rsa-sha256"],
    policy: {
      ...timingPresets.default,
      rotateAfterSeconds: preset.intervalSeconds,
      watchIntervalSeconds: 60 * day,
      observeIntervalSeconds: method === "txt" ? 6 * hour : hour, // days are waited for its customers
    },
    ttl: of(300, hour, day, hour),
    negativeTtl: of(300, 60, 3 * hour),
    lag: of(0, 60, hour, 600),
    customerTakes: of(hour, day, 10 * day),
    heedsAfter: of(0, 0, 0, 1, 0),
    disclose: index % 13 === 0,
    ...(index % 97 === 0 && { streams: ["news"] }),
    ...(index % 19 === 0 && { leases: [600, hour] }),
  };
}

/** Each of these domains turns its keys for ten years; in `pass` every invariant is held after each step. */
export function liveTenYears(first: number, count: number): void {
  let [rotations, ended, keys] = [0, 0, 0];
  for (let index = first; index < first + count; index++) {
    const it = begin(domainNumber(index));
    pass(it, 3650 * day);
    const activations = it.events.filter(({ kind }) => kind === "activated").length;
    expect(activations).toBeGreaterThanOrEqual(15 * it.algorithms.length * (1 + (it.streams?.length ?? 0)));
    rotations += activations;
    keys += it.keys.length;
    ended += it.keys.filter(({ facts }) => phaseOf(facts) === "destroyed").length;
  }
  expect(rotations).toBeGreaterThan(25 * count);
  expect(ended).toBeGreaterThan(keys * 0.75);
}
