import { describe, expect, test } from "vitest";
import { spfCost, spfTrees } from "./lookup-count.ts";
import { readSpfTree, type SpfAnswer, type SpfAsk } from "./tree.ts";

type Zone = Record<string, { TXT?: string[]; A?: string[]; AAAA?: string[]; MX?: string[] } | "unknown">;

const askOf =
  (zone: Zone): SpfAsk =>
  (name, type): Promise<SpfAnswer> => {
    const entry = zone[name];
    if (entry === "unknown") return Promise.resolve({ state: "unknown" });
    if (entry === undefined) return Promise.resolve({ state: "absent", cause: "no-such-name" });
    const values = entry[type];
    return Promise.resolve(values ? { state: "present", values } : { state: "absent", cause: "no-record" });
  };
const costOf = async (zone: Zone) => spfCost(await readSpfTree("example.com", askOf(zone)));
const spf = (...terms: string[]) => ({ TXT: [`v=spf1 ${terms.join(" ")}`] });

describe("SPF-06 look-ups", () => {
  test.each<[title: string, zone: Zone, expected: Partial<Awaited<ReturnType<typeof costOf>>>]>([
    ["addresses cost nothing", { "example.com": spf("ip4:192.0.2.1", "ip6:::1", "-all") }, { lookups: 0 }],
    [
      "every term that asks costs one, with what is behind it",
      {
        "example.com": {
          ...spf("a", "mx", "include:_spf.example.net", "exists:%{i}.example.org", "ptr", "-all"),
          A: [],
          MX: ["m"],
        },
        "_spf.example.net": spf("a:a.example.net", "redirect=b.example.net"),
        "a.example.net": { A: ["192.0.2.1"] },
        "b.example.net": spf("-all"),
      },
      { lookups: 7, voidLookups: 0 },
    ],
    [
      "the same include twice costs twice",
      { "example.com": spf("include:b.example", "include:b.example"), "b.example": spf("mx", "-all") },
      { lookups: 4 },
    ],
    [
      "what stands behind all is never asked",
      { "example.com": spf("a", "-all", "include:x.example", "redirect=y.example") },
      { lookups: 1 },
    ],
    [
      "redirect counts where there is no all",
      { "example.com": spf("redirect=b.example"), "b.example": spf("a", "mx", "-all") },
      { lookups: 3 },
    ],
    [
      "SPF-07 names without addresses are void look-ups",
      {
        "example.com": spf("a:gone.example", "a:txt.example", "mx:gone.example", "a:six.example", "-all"),
        "txt.example": { TXT: ["x"] },
        "six.example": { AAAA: ["2001:db8::1"] },
      },
      { lookups: 4, voidLookups: 3, atLeast: false },
    ],
    [
      "no answer is not a void look-up",
      { "example.com": spf("a:slow.example", "-all"), "slow.example": "unknown" },
      { voidLookups: 0, atLeast: true },
    ],
    [
      "macros hide what is behind them",
      { "example.com": spf("include:%{d}.example", "-all") },
      { lookups: 1, atLeast: true },
    ],
    [
      "the names of the largest mx",
      { "example.com": { ...spf("mx", "-all"), MX: Array.from({ length: 11 }, (_, at) => `mx${at}`) } },
      { exchanges: 11 },
    ],
  ])("%s", async (_title, zone, expected) => {
    expect(await costOf(zone)).toMatchObject(expected);
  });

  test("eleven includes are counted, not cut off at ten", async () => {
    const names = Array.from({ length: 11 }, (_, at) => `s${at}.example`);
    const zone: Zone = { "example.com": spf(...names.map((name) => `include:${name}`), "-all") };
    for (const name of names) zone[name] = spf("ip4:192.0.2.1", "-all");
    expect(await costOf(zone)).toMatchObject({ lookups: 11, atLeast: false });
  });
});

describe("what a tree says of each domain", () => {
  const statesOf = async (zone: Zone): Promise<string[]> =>
    spfTrees(await readSpfTree("example.com", askOf(zone))).map(({ domain, state }) => `${domain} ${state}`);

  test("SPF-04 several, malformed, absent and unknown records", async () => {
    expect(
      await statesOf({
        "example.com": spf(
          "include:two.example",
          "include:bad.example",
          "include:none.example",
          "include:dead.example",
          "-all",
        ),
        "two.example": { TXT: ["v=spf1 a", "v=spf1 mx", "other"] },
        "bad.example": { TXT: ["v=spf1 alll"] },
        "none.example": { TXT: ["v=spf2 a"] },
        "dead.example": "unknown",
      }),
    ).toEqual([
      "example.com present",
      "two.example several",
      "bad.example malformed",
      "none.example absent",
      "dead.example unknown",
    ]);
  });

  test("a loop is told and left", async () => {
    const zone: Zone = {
      "example.com": spf("include:b.example", "-all"),
      "b.example": spf("include:example.com", "-all"),
    };
    expect(await statesOf(zone)).toEqual(["example.com present", "b.example present", "example.com loop"]);
    expect(await costOf(zone)).toMatchObject({ lookups: 2, atLeast: true });
  });

  test("a tree that doubles at every level is left off at forty records, and each name is asked once", async () => {
    let asked = 0;
    const ask: SpfAsk = (name) => {
      asked++;
      const level = Number(/\d+/.exec(name)?.[0] ?? 0);
      return Promise.resolve({
        state: "present",
        values: [`v=spf1 include:l${level + 1}.example include:l${level + 1}.example -all`],
      });
    };
    const trees = spfTrees(await readSpfTree("example.com", ask));
    expect(trees.filter(({ state }) => state === "present")).toHaveLength(40);
    expect(asked).toBeLessThanOrEqual(41);
  });
});
