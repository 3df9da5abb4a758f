import { describe, expect, test } from "vitest";
import { TtlCache } from "./cache.ts";

describe("a cache with lifetimes", () => {
  const filled = () => {
    let now = 100;
    const limits = { entriesMax: 2, octetsMax: 100, octetsOf: (value: string) => value.length };
    const cache = new TtlCache<string>(limits, () => now);
    return { cache, passes: (seconds: number) => (now += seconds) };
  };

  test("keeps a value for its time and counts down", () => {
    const { cache, passes } = filled();
    cache.set("a", "x", 10);
    passes(4);
    expect(cache.get("a")).toEqual({ value: "x", secondsLeft: 6 });
    passes(5.5);
    expect(cache.get("a")?.secondsLeft).toBe(1);
    passes(0.5);
    expect(cache.get("a")).toBeUndefined();
    expect(cache.size).toBe(0);
  });

  test("zero seconds keep nothing, and forget what was there", () => {
    const { cache } = filled();
    cache.set("a", "x", 10);
    cache.set("a", "y", 0);
    expect(cache.get("a")).toBeUndefined();
  });

  test("what was not used for longest goes first", () => {
    const { cache } = filled();
    cache.set("a", "x", 10);
    cache.set("b", "y", 10);
    cache.get("a");
    cache.set("c", "z", 10);
    expect([cache.get("a")?.value, cache.get("b")?.value, cache.get("c")?.value]).toEqual(["x", undefined, "z"]);
  });

  test("a large value pushes out what was not used for longest, and one that is too large is not kept", () => {
    const { cache } = filled();
    cache.set("a", "x".repeat(60), 10);
    cache.set("b", "y".repeat(60), 10);
    expect([cache.get("a"), cache.get("b")?.value.length]).toEqual([undefined, 60]);
    cache.set("b", "y", 10);
    cache.set("c", "z".repeat(97), 10);
    expect([cache.get("b")?.value, cache.get("c")?.value.length]).toEqual(["y", 97]);
    cache.set("d", "z".repeat(100), 10);
    expect(cache.size).toBe(0);
  });
});
