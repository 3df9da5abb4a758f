import { expect, test } from "vitest";
import { day, hour, minute } from "../seconds.ts";
import { lookInterval } from "./look-interval.ts";
import { keyIn, policy, requested, stateOf } from "./rotation.fixture.ts";
import type { DomainState, ManagedKey } from "./rotation-state.ts";
import { timingPresets } from "./timing-policy.ts";

const often = policy.watchIntervalSeconds;
const now = 10 * day;
const at = { wallMs: now * 1000 };
const [active, standby] = [keyIn("active", 1), keyIn("ready", 2)];
const used = (lastAt: number): ManagedKey => ({ ...active, uses: { signatures: 1, firstAt: 1, lastAt } });
const brought: ManagedKey = {
  ...active,
  facts: active.facts.map((fact) =>
    fact.kind === "generated" ? { ...fact, evidence: { ...fact.evidence, brought: "shared" as const } } : fact,
  ),
};

test.each<[title: string, streams: DomainState[], seconds: number]>([
  ["nothing was signed for a day", [stateOf([active, standby], at)], 6 * hour],
  ["the last signature is older than a day", [stateOf([used(now - 2 * day)], at)], 6 * hour],
  ["a key signed within the day", [stateOf([used(now - hour), standby], at)], often],
  ["a clock ran ahead when it signed", [stateOf([used(now + 9 * day)], at)], often],
  ["the key took over within the day", [stateOf([active], { wallMs: hour * 1000 })], often],
  ["an old key drains", [stateOf([active, keyIn("draining", 2)], at)], often],
  ["a rotation is asked for", [stateOf([active, standby], { ...at, rotations: [requested] })], often],
  ["the customer brought the key, and others may sign with it", [stateOf([brought], at)], often],
  ["no key of ours signs", [stateOf([], at)], often],
  ["one of its streams signs", [stateOf([active], at), stateOf([used(now)], { ...at, stream: "news" })], often],
  ["none of its streams signs", [stateOf([active], at), stateOf([standby], { ...at, stream: "news" })], 6 * hour],
])("%s: looked at every so many seconds", (_title, streams, seconds) => {
  expect(lookInterval(streams, policy)).toBe(seconds);
});

test("the interval lies between that of domains that sign and that of the proof of control", () => {
  const quiet = [stateOf([active], at)];
  expect(lookInterval(quiet, { ...policy, quietWatchIntervalSeconds: 1 })).toBe(policy.watchIntervalSeconds);
  expect(lookInterval(quiet, { ...policy, quietWatchIntervalSeconds: 9 * day })).toBe(policy.claimCheckSeconds);
});

test("I-1 what a key signs on was seen within ten minutes and a lease, the visit included", () => {
  const { watchIntervalSeconds, signerLeaseSeconds } = timingPresets.default;
  expect(watchIntervalSeconds + 5 * minute).toBeLessThanOrEqual(10 * minute + signerLeaseSeconds);
});
