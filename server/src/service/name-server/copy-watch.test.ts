import { expect, test } from "vitest";
import { CopyWatch, type Sight } from "./copy-watch.ts";

const place = { secondary: "ns2", address: "192.0.2.2", port: 53 };
const origin = "customer.example";
const serial = (number: number): Sight => ({ seen: "serial", serial: number });
const silent: Sight = { seen: "silent" };
const watch = (): CopyWatch => new CopyWatch(place, 60);

/** A copy that has served the zone with serial 5 since time 0. */
function rightWith(number: number): CopyWatch {
  const copy = watch();
  copy.saw(origin, number, serial(number), 0);
  return copy;
}

test("DNS-D-30 a copy that does not get a change is behind, then an alarm that names it; with the change it is over", () => {
  const copy = rightWith(5);
  copy.expect(origin, 6, 1000);
  copy.saw(origin, 6, serial(5), 2000);
  expect(copy.report(60_000)).toMatchObject({ state: "behind", lagging: 1, lagSeconds: 59 });
  expect(copy.report(61_000)).toEqual({
    ...place,
    state: "alarm",
    answeredAt: 2,
    lagging: 1,
    lagSeconds: 60,
    worst: [{ origin, problem: "behind", serial: 6, seen: 5, since: 1 }],
  });
  expect(copy.isCurrent(origin, 6)).toBe(false);
  copy.saw(origin, 6, serial(6), 62_000);
  expect(copy.report(62_000)).toMatchObject({ state: "current", lagging: 0, lagSeconds: 0, worst: [] });
  expect(copy.isCurrent(origin, 6)).toBe(true);
});

test("DNS-D-30 the lag counts from the first change that did not come", () => {
  const copy = rightWith(5);
  copy.expect(origin, 6, 1000);
  copy.expect(origin, 7, 50_000);
  expect(copy.report(61_000).state).toBe("alarm");
});

test.each<[string, Sight, string, number]>([
  ["F-24 a copy that goes back", serial(4), "went-back", 4],
  ["F-25 a copy that expires", { seen: "failing" }, "failing", 0],
  ["a copy that vanishes", { seen: "absent" }, "absent", 0],
  ["§2.4 a copy that is ahead of us", serial(9), "ahead", 9],
])("%s is an alarm as soon as it is sure", (_, sight, problem, seen) => {
  const copy = rightWith(5);
  copy.saw(origin, 5, sight, 10_000);
  expect(copy.report(10_000).state).toBe("behind");
  copy.saw(origin, 5, sight, 15_000);
  const report = copy.report(15_000);
  expect(report.state).toBe("alarm");
  expect(report.worst).toEqual([{ origin, problem, serial: 5, ...(seen > 0 && { seen }), since: 10 }]);
});

test("a zone that is new may be absent or failing until it is fetched", () => {
  const copy = watch();
  copy.expect(origin, 1, 0);
  copy.saw(origin, 1, { seen: "absent" }, 10_000);
  copy.saw(origin, 1, { seen: "failing" }, 20_000);
  expect(copy.report(20_000).state).toBe("behind");
});

test("DNS-D-31 a zone that was removed has to be gone", () => {
  const copy = rightWith(5);
  copy.expect(origin, undefined, 1000);
  copy.saw(origin, undefined, serial(5), 61_000);
  expect(copy.report(61_000)).toMatchObject({ state: "alarm", worst: [{ origin, problem: "still-served", seen: 5 }] });
  copy.saw(origin, undefined, { seen: "absent" }, 62_000);
  expect(copy.report(62_000).state).toBe("current");
});

test("an address that is silent is asked one question at a time, ever more rarely, and is an alarm though nothing changed", () => {
  const copy = rightWith(5);
  copy.saw(origin, 5, silent, 1000);
  expect(copy.mayBeAsked(1100)).toBe(false);
  expect(copy.mayBeAsked(1200)).toBe(true);
  for (let zone = 0; zone < 20; zone++) copy.expect(`z${zone}.example`, 1, 1000);
  expect(copy.due(1200, 10)).toHaveLength(1);
  copy.saw(origin, 5, silent, 31_000);
  expect(copy.mayBeAsked(35_000)).toBe(false);
  expect(copy.report(60_000).state).toBe("behind");
  expect(copy.report(61_000)).toMatchObject({ state: "alarm", silentSince: 1, answeredAt: 0 });
  copy.saw("z0.example", 1, serial(1), 62_000);
  expect(copy.due(62_000, 10)).toHaveLength(10);
  expect(copy.report(62_000).silentSince).toBeUndefined();
});

test("a zone is asked for at once after a change, then ever more rarely", () => {
  const copy = rightWith(5);
  copy.expect(origin, 6, 0);
  expect([copy.due(199, 10), copy.due(200, 10)]).toEqual([[], [origin]]);
  copy.saw(origin, 6, serial(5), 200);
  expect([copy.due(599, 10), copy.due(600, 10)]).toEqual([[], [origin]]);
  for (const at of [600, 2000, 4000, 8000]) copy.saw(origin, 6, serial(5), at);
  expect([copy.due(12_999, 10), copy.due(13_000, 10)]).toEqual([[], [origin]]);
  copy.forget(origin);
  expect(copy.due(13_000, 10)).toEqual([]);
});
