import { describe, expect, test } from "vitest";
import { parseFixture } from "../resolver/fixture.ts";
import { budgetedResolve, type LookupBudget } from "./name-lookups.ts";

const dns = {
  "example.com": {
    TXT: [["v=spf1", " -all"], "x"],
    A: ["192.0.2.1"],
    AAAA: ["2001:db8::1"],
    MX: ["10 mail.example.com"],
    PTR: ["a\\.b\\\\c.example.com"],
  },
  "a\\\\b\\032c.example.com": { A: ["192.0.2.2"] },
  "slow.example.com": { error: "TIMEOUT" },
  "broken.example.com": { error: "SERVFAIL" },
};

const resolving = (budget: Partial<LookupBudget> = {}) => {
  const lookup = parseFixture(JSON.stringify(dns));
  if (!lookup.ok) throw new Error(lookup.problem);
  return budgetedResolve(lookup.value, {
    queriesMax: 10,
    textOctetsMax: 100,
    signal: AbortSignal.timeout(5000),
    ...budget,
  });
};

test.each<[type: string, answer: unknown[]]>([
  ["TXT", [["v=spf1", " -all"], ["x"]]],
  ["A", ["192.0.2.1"]],
  ["AAAA", ["2001:db8::1"]],
  ["MX", [{ priority: 10, exchange: "mail.example.com" }]],
  ["PTR", ["a.b\\c.example.com"]],
])("answers for %s have the shape of node:dns", async (type, answer) => {
  const { resolve, exceeded } = resolving();
  expect(await resolve("Example.com", type)).toEqual(answer);
  expect(exceeded()).toBe(false);
});

test.each<[name: string, type: string, code: string]>([
  ["nowhere.example.com", "A", "ENOTFOUND"],
  ["slow.example.com", "A", "ETIMEOUT"],
  ["broken.example.com", "A", "ESERVFAIL"],
  ["a\\b c.example.com", "TXT", "ENODATA"],
  ["example.com", "SRV", "ENOTFOUND"],
  ["two..dots.example", "A", "ENOTFOUND"],
  [`${"x".repeat(64)}.example.com`, "A", "ENOTFOUND"],
])("%s %s: %s", async (name, type, code) => {
  await expect(resolving().resolve(name, type)).rejects.toMatchObject({ code });
});

test("every character of a name stands for itself", async () => {
  expect(await resolving().resolve("a\\b c.example.com", "A")).toEqual(["192.0.2.2"]);
  await expect(resolving().resolve("a\\\\b c.example.com", "A")).rejects.toMatchObject({ code: "ENOTFOUND" });
});

describe("past the budget", () => {
  test("nothing is asked any more, and that is told", async () => {
    const { resolve, exceeded } = resolving({ queriesMax: 1 });
    expect(await resolve("example.com", "A")).toEqual(["192.0.2.1"]);
    expect(exceeded()).toBe(false);
    await expect(resolve("example.com", "AAAA")).rejects.toMatchObject({ code: "ENOTFOUND" });
    expect(exceeded()).toBe(true);
  });

  test("long texts are dropped, and that is told", async () => {
    const { resolve, exceeded } = resolving({ textOctetsMax: 10 });
    expect(await resolve("example.com", "TXT")).toEqual([["x"]]);
    expect(exceeded()).toBe(true);
  });
});
