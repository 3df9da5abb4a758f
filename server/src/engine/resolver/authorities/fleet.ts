import { answerOf, askAddress } from "./ask-address.ts";
import { delegationCache, type DelegationCacheOptions } from "../delegation-cache.ts";
import { followAliases } from "../iterative.ts";
import type { AuthorityAnswer } from "./observation.ts";
import { hostPort, type Delegation, type Resolution } from "../resolution.ts";
import { IterativeSession, type Found, type IterativeOptions } from "../session.ts";
import { openSocketPool } from "../transport/socket-pool.ts";

export type FleetOptions = Omit<IterativeOptions, "delegations" | "udp"> & DelegationCacheOptions;

/** A name of the chain and what each authoritative address of its zone said of it. */
export type NameSeen = { name: string; zone: string; answers: { address: string; answer: AuthorityAnswer }[] };

/** What a walk from the root found, and beside it what every other authoritative address on the way says. */
export type FleetSight = Resolution & { names: NameSeen[] };

export type Fleet = { look(name: string, type: number, signal?: AbortSignal): Promise<FleetSight>; close(): void };

/**
 * Looks at many names, thousands a second: batched sockets for all, and delegations remembered for their TTL. Every
 * authoritative address of every zone on the chain is asked once, over UDP, and over TCP where it says so; that is enough to
 * see a change or a disagreement, and `observeAtAuthorities` then tells all. How many looks are under way is the caller's
 * decision; memory grows with those, and with `entriesMax` and `octetsMax`, not with the names looked at.
 */
export async function openFleet(options: FleetOptions = {}): Promise<Fleet> {
  const pool = await openSocketPool();
  const delegations = delegationCache(options);
  const sessionOptions: IterativeOptions = { ...options, delegations, udp: pool.ask };
  return {
    look: async (name, type, signal) => {
      const session = new IterativeSession(sessionOptions, signal);
      const names: Promise<NameSeen>[] = [];
      // The rest of the chain does not wait for the other servers of this zone.
      const resolution = await followAliases(session, name, type, (at, found) => {
        names.push(askAll(session, at, type, found));
      });
      return { ...resolution, names: await Promise.all(names) };
    },
    close: () => pool.close(),
  };
}

/** The answer that was found, and those of the zone's other addresses. */
async function askAll(session: IterativeSession, name: string, type: number, found: Found): Promise<NameSeen> {
  const { zone, classified, server } = found;
  const port = session.options.authorityPort ?? 53;
  const answers = [...(await addressesOf(session, zone))].map(async (address) => {
    const isHeard = hostPort({ address, port }) === server;
    const heard = isHeard
      ? { rttMs: 0, classified }
      : await askAddress(session, { address, name, type, apex: zone.apex });
    return { address, answer: answerOf(heard) };
  });
  return { name, zone: zone.apex, answers: await Promise.all(answers) };
}

/** Every address of a zone's servers. Those of names without glue are looked up, and remembered with the delegation. */
async function addressesOf(session: IterativeSession, zone: Delegation): Promise<Set<string>> {
  if (zone.servers.some(({ addresses }) => addresses.length === 0)) {
    const servers = [];
    for (const { name, addresses } of zone.servers) {
      const known = addresses.length > 0 ? addresses : (await session.addressesOf(name, "both", 0)).addresses;
      servers.push({ name, addresses: known });
    }
    session.options.delegations?.keep({ ...zone, servers });
    return new Set(servers.flatMap(({ addresses }) => addresses));
  }
  return new Set(zone.servers.flatMap(({ addresses }) => addresses));
}
