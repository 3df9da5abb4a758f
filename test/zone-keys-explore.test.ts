import { describe, expect, test } from "vitest";
import { zoneKeyGuards } from "../server/src/model/dnssec/zone-key-guard.ts";
import type { ZoneKey } from "../server/src/model/dnssec/zone-key.ts";
import { explore } from "./simulation/zone-keys-explore.ts";
import { type Version, withFact, type World, type WorldRules } from "./simulation/zone-keys-world.ts";

/*
 * Every state that servers, the parent, its operator, caches and time can reach, with the decision between them. In none has any validator,
 * whatever its caches hold, a broken chain (DNS-E-23).
 */

const rulesOf = (changes: Partial<WorldRules> = {}): WorldRules => ({
  policy: {
    resolverSlackSeconds: 0,
    observeIntervalSeconds: 1,
    watchIntervalSeconds: 1000,
    freshnessSeconds: 0,
    zskLifetimeSeconds: 100_000,
    unmeasuredDsTtlSeconds: 0,
    destroyAfterSeconds: 1,
  },
  guards: zoneKeyGuards,
  ttls: { dnskey: 1, longest: 1, negative: 1 },
  dsTtl: 1,
  lag: 1,
  ...changes,
});

const unsigned: Version = { dnskeys: "", signers: "", cds: "" };

const emptyWorld: World = {
  tick: 0,
  goal: "signed",
  algorithm: 13,
  keys: [],
  zone: unsigned,
  servers: [unsigned, unsigned],
  behind: [0, 0],
  parent: "",
  parents: ["", ""],
  parentsBehind: [0, 0],
  look: undefined,
  windows: { ds: new Map(), dnskey: new Map(), data: new Map() },
  putBacks: 0,
  regressions: 0,
  unnoticed: undefined,
  oldest: unsigned,
};

/** A zone that is signed, and was for so long that no cache knows it otherwise. */
function signedWorld(rules: WorldRules): World {
  const found = explore(emptyWorld, rules);
  if (found.verdict === "unsafe" || found.atRest === undefined) throw new Error("the first keys never settle");
  const world = found.atRest;
  const forgotten = (window: ReadonlyMap<string, number>, now: string): ReadonlyMap<string, number> =>
    new Map([[now, window.get(now) ?? 0]]);
  const { ds, dnskey, data } = world.windows;
  const windows = {
    ds: forgotten(ds, world.parent),
    dnskey: forgotten(dnskey, world.zone.dnskeys),
    data: forgotten(data, world.zone.signers),
  };
  return { ...world, windows, oldest: world.zone };
}

const retiring = (world: World, role: ZoneKey["role"]): World => {
  const key = world.keys.find((one) => one.role === role)!;
  return {
    ...world,
    keys: withFact(world.keys, key, { kind: "retiring", evidence: { reason: "asked for" } }, world.tick),
  };
};

type Start = (rules: WorldRules) => World;
const starts: Record<string, Start> = {
  "a first signing": () => emptyWorld,
  "a ZSK roll": (rules) => retiring(signedWorld(rules), "zsk"),
  "a KSK roll": (rules) => retiring(signedWorld(rules), "ksk"),
  "an algorithm roll": (rules) => ({ ...signedWorld(rules), algorithm: 15 }),
  "going insecure": (rules) => ({ ...signedWorld(rules), goal: "unsigned" }),
  "a ZSK roll with a server that comes back old": (rules) => ({
    ...retiring(signedWorld(rules), "zsk"),
    regressions: 1,
  }),
  "a KSK roll with a DS record put back by hand": (rules) => ({ ...retiring(signedWorld(rules), "ksk"), putBacks: 1 }),
  "going insecure with a DS record put back by hand": (rules) => ({
    ...signedWorld(rules),
    goal: "unsigned",
    putBacks: 1,
  }),
};

const verdicts = new Map<string, string>();

/** Each world is explored once, whoever asks. */
function told(start: Start, rules: WorldRules): string {
  const { guards, ...rest } = rules;
  const asked = JSON.stringify([Object.values(starts).indexOf(start), rest, guards.map(({ name }) => name)]);
  const known = verdicts.get(asked) ?? explored(start, rules);
  verdicts.set(asked, known);
  return known;
}

const explored = (start: Start, rules: WorldRules): string => {
  const found = explore(start(rulesOf({ ttls: rules.ttls, dsTtl: rules.dsTtl, lag: rules.lag })), rules);
  if (found.verdict === "unsafe") return `unsafe: ${found.violation} after ${found.trace.join(" / ")}`;
  return found.atRest === undefined ? "stuck" : "safe";
};

describe("DNS-E-23 no validator with any cache is without a chain, and all comes to an end, in", () => {
  test.each(Object.entries(starts))("%s", (_, start) => {
    expect(told(start, rulesOf({ lag: 2 }))).toBe("safe");
  });
  test.each(Object.entries(starts).slice(0, 5))("%s, with other TTLs", (_, start) => {
    expect(told(start, rulesOf({ ttls: { dnskey: 2, longest: 1, negative: 1 }, dsTtl: 2 }))).toBe("safe");
    expect(told(start, rulesOf({ ttls: { dnskey: 1, longest: 3, negative: 1 }, dsTtl: 1, lag: 2 }))).toBe("safe");
  });
});

/** For each guard a world in which its loss shows. The same world is safe with all guards in place. */
const lazy: Partial<WorldRules> = { policy: { ...rulesOf().policy, freshnessSeconds: 5 } };
const worldsThatNeed: Record<string, string | [string, Partial<WorldRules>]> = {
  "signatures-before-key": "an algorithm roll",
  "key-before-signatures": "a ZSK roll",
  "chain-before-ds": "a KSK roll",
  "ds-gone-before-key": "a KSK roll",
  "signatures-gone-before-key": "a ZSK roll",
  "key-gone-before-signatures": "an algorithm roll",
  "seen-everywhere": "a ZSK roll",
  "seen-nowhere": "a ZSK roll",
  "wait-after-seen": "a ZSK roll",
  "wait-after-unseen": "a ZSK roll",
  "seen-after-wait": ["a ZSK roll with a server that comes back old", lazy],
  "unseen-after-wait": ["a KSK roll with a DS record put back by hand", lazy],
  "fresh-look": "a KSK roll with a DS record put back by hand",
  "destroy-wait": "a ZSK roll",
};

describe("every guard is needed", () => {
  test("there is a world for each", () => {
    expect(Object.keys(worldsThatNeed).sort()).toEqual(zoneKeyGuards.map(({ name }) => name).sort());
  });

  test.each(Object.entries(worldsThatNeed))(
    "without %s something breaks, and with it nothing does",
    (name, needing) => {
      const [world, changes] = typeof needing === "string" ? [needing, {}] : needing;
      const guards = zoneKeyGuards.filter((guard) => guard.name !== name);
      expect(told(starts[world]!, rulesOf({ lag: 2, ...changes }))).toBe("safe");
      expect(told(starts[world]!, rulesOf({ lag: 2, ...changes, guards }))).toMatch(/^unsafe/);
    },
  );
});
