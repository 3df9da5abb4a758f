import { describe, expect, test } from "vitest";
import { latest } from "../server/src/model/key/key-fact.ts";
import type { ManagedKey } from "../server/src/model/rotation/rotation-state.ts";
import { day, hour, minute } from "../server/src/model/seconds.ts";
import { drainWaitSeconds, timingPresets } from "../server/src/model/rotation/timing-policy.ts";
import { nameOf, textOf } from "./simulation/play-steps.ts";
import { begin, held, mayHear, type Play, type Setting } from "./simulation/play-world.ts";
import { pass } from "./simulation/rotation-play.ts";

const setting: Setting = {
  method: "ns-branch",
  names: 3,
  algorithms: ["rsa-sha256"],
  policy: timingPresets.default,
  ttl: hour,
  negativeTtl: 300,
  lag: 0,
  customerTakes: hour,
};
const begun = (changes: Partial<Setting> = {}): Play => begin({ ...setting, ...changes });
const when = (it: Play, kind: string): number => it.events.find((event) => event.kind === kind)?.at ?? Infinity;

/** Turned once, and up to the moment when the first key has just stopped. */
function turned(): { it: Play; old: ManagedKey; stoppedAt: number } {
  const it = begun();
  pass(it, 181 * day);
  const old = it.keys.find(({ facts }) => latest(facts, "deactivated") !== undefined);
  if (old === undefined) throw new Error("nothing was turned");
  return { it, old, stoppedAt: when(it, "deactivated") };
}

describe("what receivers find", () => {
  test("S1 whoever asked a second before the last server had the key has forgotten it when mail is signed, an hour later", () => {
    const it = begun({ negativeTtl: hour, lag: 10 * minute });
    pass(it, 5 * hour);
    expect(when(it, "activated")).toBeGreaterThan(when(it, "publishing") + 10 * minute + hour);
    const [key] = it.keys;
    expect(key && mayHear(it, nameOf(key))).toEqual(new Set([key && textOf(key)]));
  });

  test("S15 a provider that shows its copy for a day more is waited for, and then as long as its own TTL says", () => {
    const it = begun({ method: "txt", ttl: day, lag: day });
    pass(it, 6 * day);
    const published = when(it, "publishing") + setting.customerTakes;
    expect(when(it, "confirmed")).toBeGreaterThanOrEqual(published + day);
    expect(when(it, "activated")).toBeGreaterThanOrEqual(published + 2 * day);
    expect(when(it, "activated")).toBeLessThan(Infinity);
  });

  test("S19 mail that lay in a queue for 4 days and 23 hours, and is scanned 3 hours later, finds the old key", () => {
    const { it, old, stoppedAt } = turned();
    pass(it, stoppedAt + 4 * day + 26 * hour - it.now);
    expect(mayHear(it, nameOf(old))).toEqual(new Set([textOf(old)]));
  });

  test("S20 mail that a moderator held for 30 days does not find it any more", () => {
    const { it, old, stoppedAt } = turned();
    pass(it, stoppedAt + drainWaitSeconds(it.policy) - 1 - it.now);
    expect(held(it, nameOf(old))).toEqual([textOf(old), textOf(old)]);
    pass(it, stoppedAt + 30 * day - it.now);
    expect([...mayHear(it, nameOf(old))]).toEqual([""]);
  });
});
