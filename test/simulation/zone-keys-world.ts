import { isDestroyed, isHidden, presenceOf, runningWait, tracesOf } from "../../server/src/model/dnssec/presence.ts";
import { readZoneKeyFact, type ZoneKeyFinding } from "../../server/src/model/dnssec/zone-key-fact.ts";
import type { Guard } from "../../server/src/model/dnssec/zone-key-guard.ts";
import type { ZoneKeyPolicy } from "../../server/src/model/dnssec/zone-key-policy.ts";
import type { ZoneKey, ZoneKeysState } from "../../server/src/model/dnssec/zone-key.ts";
import type { ZoneLook } from "../../server/src/model/dnssec/zone-look.ts";

/** Ids of keys, in order; written as text so that versions compare. */
export type Ids = string;
export const ids = (list: readonly string[]): Ids => list.toSorted().join(" ");
export const idsIn = (text: Ids): string[] => (text === "" ? [] : text.split(" "));

/** One version of the signed zone: its keys, who signed it, what it asks of the parent. */
export type Version = { dnskeys: Ids; signers: Ids; /** Of keys, or the word `delete`. */ cds: Ids };

/** What caches may hold: each content that any server gave, for as long as somebody may keep it. */
export type Window = ReadonlyMap<string, number>;

export type World = {
  tick: number;
  goal: ZoneKeysState["goal"];
  algorithm: ZoneKeysState["algorithm"];
  keys: readonly ZoneKey[];
  zone: Version;
  servers: readonly Version[];
  behind: readonly number[];
  /** The DS set as the parent's operator has it, and as its servers have it. */
  parent: Ids;
  parents: readonly Ids[];
  parentsBehind: readonly number[];
  look: ZoneLook | undefined;
  windows: { ds: Window; dnskey: Window; data: Window };
  /** How often the operator may yet put an old DS set back, and a server may come back with an old version. */
  putBacks: number;
  regressions: number;
  /** What one of these did has not been looked at yet. */
  unnoticed: "server 0" | "parent 0" | undefined;
  oldest: Version;
};

export type WorldRules = {
  policy: ZoneKeyPolicy;
  guards: readonly Guard[];
  ttls: ZoneKeysState["ttls"];
  dsTtl: number;
  lag: number;
};

export type Move = { name: string; world: World } | { name: string; violation: string };

export const replaced = <T>(list: readonly T[], index: number, value: T): T[] =>
  list.map((other, at) => (at === index ? value : other));

export const keyOf = (id: string, role: ZoneKey["role"], algorithm: ZoneKey["algorithm"]): ZoneKey => ({
  id,
  role,
  algorithm,
  keyTag: Buffer.from(id).reduce((sum, octet) => sum * 31 + octet, 0),
  dnskey: id,
  ds: [id],
  facts: [],
});

export const withFact = (keys: readonly ZoneKey[], key: ZoneKey, finding: ZoneKeyFinding, tick: number): ZoneKey[] =>
  keys.map((other) =>
    other.id === key.id
      ? { ...other, facts: [...other.facts, readZoneKeyFact({ ...finding, at: tick, trustedMs: tick * 1000 })] }
      : other,
  );

/** What everybody who asks now may keep, added to what was kept before. */
export function remembered(world: World, rules: WorldRules): World {
  const keep = (window: Window, contents: readonly string[], ttl: number): Window => {
    const next = new Map([...window].filter(([, until]) => until > world.tick));
    for (const content of contents) next.set(content, world.tick + ttl);
    return next;
  };
  return {
    ...world,
    windows: {
      ds: keep(world.windows.ds, world.parents, rules.dsTtl),
      dnskey: keep(
        world.windows.dnskey,
        world.servers.map(({ dnskeys }) => dnskeys),
        rules.ttls.dnskey,
      ),
      data: keep(
        world.windows.data,
        world.servers.map(({ signers }) => signers),
        rules.ttls.longest,
      ),
    },
  };
}

/** For whom of all validators the chain is broken: any DS set, any keys, any data that a cache may hold, taken together. */
export function brokenFor({ keys, windows }: World): string | undefined {
  const keyNamed = (id: string): ZoneKey => keys.find((key) => key.id === id) ?? keyOf(id, "ksk", 13);
  for (const ds of windows.ds.keys())
    for (const dnskeys of windows.dnskey.keys())
      for (const signers of windows.data.keys()) {
        if (ds === "") continue; // no DS record: insecure, and nothing is asked for
        const present = idsIn(dnskeys).map(keyNamed);
        const told = `DS {${ds}}, keys {${dnskeys}}, data by {${signers}}`;
        for (const algorithm of new Set(idsIn(ds).map((id) => keyNamed(id).algorithm)))
          if (!present.some((key) => key.role === "ksk" && key.algorithm === algorithm && idsIn(ds).includes(key.id)))
            return `no key for algorithm ${algorithm} of the DS set: ${told}`;
        for (const algorithm of new Set(present.map((key) => key.algorithm)))
          if (!present.some((key) => key.algorithm === algorithm && idsIn(signers).includes(key.id)))
            return `no signature of algorithm ${algorithm}: ${told}`;
      }
  return undefined;
}

/** The same for two worlds that differ only in when things happened, by as much as no wait can tell apart. */
export function fingerprint(world: World): string {
  const { tick, keys, windows, look } = world;
  const left = (window: Window): unknown =>
    [...window].map(([content, until]) => `${content} ${until - tick}`).toSorted();
  return JSON.stringify([
    keys.map((key) => [
      key.id,
      isDestroyed(key),
      isHidden(key) ? Math.min(4, tick - (key.facts.at(-1)?.trustedMs ?? 0) / 1000) : 0,
      tracesOf(key).map((trace) => {
        const wait = runningWait(key, trace);
        return [presenceOf(key, trace), wait === undefined ? -9 : Math.max(-1, wait.endsMs / 1000 - tick)];
      }),
      key.facts.some(({ kind }) => kind === "retiring"),
    ]),
    [world.zone, world.servers, world.behind, world.parent, world.parents, world.parentsBehind],
    [left(windows.ds), left(windows.dnskey), left(windows.data)],
    look === undefined ? 0 : [Math.min(3, tick - look.trustedMs / 1000), look.servers, look.parents],
    [world.putBacks, world.regressions, world.unnoticed],
  ]);
}

/** Nothing is left to do: what is wanted is everywhere, what is not is gone. */
export const isAtRest = ({ goal, algorithm, keys }: World): boolean =>
  keys.every((key) => {
    const wanted =
      goal === "signed" && key.algorithm === algorithm && !key.facts.some(({ kind }) => kind === "retiring");
    return wanted ? tracesOf(key).every((trace) => presenceOf(key, trace) === "everywhere") : isDestroyed(key);
  }) &&
  (goal === "unsigned" || keys.length > 0);
