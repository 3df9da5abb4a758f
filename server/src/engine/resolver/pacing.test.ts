import { describe, expect, test } from "vitest";
import { Pacing } from "./pacing.ts";

describe("R-51 pacing", () => {
  test("lets a burst through, then one query for each interval, and recovers", () => {
    let now = 5000;
    const pacing = new Pacing({ perSecond: 10, burst: 3 }, () => now);
    expect([1, 2, 3, 4, 5].map(() => pacing.take("a"))).toEqual([0, 0, 0, 100, 200]);
    expect(pacing.take("b")).toBe(0);
    now += 1000;
    expect([1, 2, 3, 4].map(() => pacing.take("a"))).toEqual([0, 0, 0, 100]);
  });

  test("does not remember more servers than it needs", () => {
    let now = 0;
    const pacing = new Pacing({ perSecond: 1000, burst: 1 }, () => now);
    for (let server = 0; server < 20_000; server++) {
      pacing.take(`s${server}`);
      now += 1;
    }
    expect(pacing.take("s1")).toBe(0);
  });
});
