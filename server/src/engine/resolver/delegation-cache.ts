import { TtlCache } from "./cache.ts";
import type { Delegation } from "./resolution.ts";
import type { DelegationStore } from "./session.ts";

/** Absent means 10000 delegations, and 32 MiB of names and addresses. */
export type DelegationCacheOptions = { entriesMax?: number; octetsMax?: number; clock?: (() => number) | undefined };

const secondsMax = 86_400;
const octetsOf = ({ servers }: Delegation): number =>
  servers.reduce((sum, { name, addresses }) => sum + name.length + addresses.join().length, 0);

/** Delegations for the time of their TTL, a day at most. */
export function delegationCache(options: DelegationCacheOptions = {}): DelegationStore {
  const { entriesMax = 10_000, octetsMax = 32 * 1024 * 1024 } = options;
  const cuts = new TtlCache<Delegation>({ entriesMax, octetsMax, octetsOf }, options.clock);
  return {
    get: (apex) => cuts.get(apex)?.value,
    keep: (delegation) => cuts.set(delegation.apex, delegation, Math.min(delegation.ttl, secondsMax)),
  };
}

/** Delegations for one look at a few names: each is asked for once, whatever its TTL, and none outlives the look. */
export function delegationsOfOneLook(): DelegationStore {
  const zones = new Map<string, Delegation>();
  return { get: (apex) => zones.get(apex), keep: (zone) => void zones.set(zone.apex, zone) };
}
