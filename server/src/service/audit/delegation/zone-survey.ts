import { isAtOrBelow } from "chancery/dns";
import { inParallel } from "../../../engine/resolver/authorities/parallel.ts";
import type { Delegation } from "../../../engine/resolver/resolution.ts";
import type { AddressesFound } from "../../../engine/resolver/session.ts";
import { isSpecialAddress } from "../../../engine/resolver/special-address.ts";
import { askParents, ownDelegation } from "../../../engine/resolver/authorities/zone-authorities.ts";
import { askZoneServer, type ServerAsked } from "../../../engine/resolver/authorities/zone-server.ts";
import type {
  AddressEvidence,
  ParentSaid,
  ServerEvidence,
  ZoneEvidence,
} from "../../../model/audit/evidence/delegation.ts";
import { registrableDomainOf } from "../registrable-domain.ts";
import type { Survey } from "./survey.ts";

/** Of one zone so many servers are looked up, as many as the root has, and so many addresses asked, each server's first ones first. */
const serversMax = 13;
const addressesMax = 8;

/** How long the addresses of one name server are looked for: its zone may keep silent, too. */
const hostMs = 1500;

/** Sees one zone as its parent and every server of it see it. `reserved`: queries left for others to ask with. */
export async function surveyZone(
  survey: Survey,
  apex: string,
  holder: Delegation,
  reserved: number,
): Promise<ZoneEvidence> {
  const session = survey.session();
  const mayAsk = (): boolean => survey.budget.queriesLeft > reserved && !survey.isSpent();
  const isReferred = apex === holder.apex;
  // Where one server has parent and child there is no referral: the child's own NS set is all there is.
  const delegation = isReferred ? holder : await ownDelegation(session, apex, holder);
  const listed = delegation.servers.slice(0, serversMax);
  const asked = new Map<string, ServerAsked>();
  const ask = async (addresses: readonly string[]): Promise<void> => {
    const fresh = addresses.filter((address) => !asked.has(address));
    await inParallel(fresh, async (address) => {
      asked.set(address, mayAsk() ? await askZoneServer(session, address, apex) : notAsked);
    });
  };
  // Glue first: names inside a zone that keeps silent are not worth waiting for.
  await ask(addressesOf(listed.map(({ name, addresses }) => ({ name, glue: addresses, own: [] }))).map(([one]) => one));
  const isHeard = [...asked.values()].some(({ udp, tcp }) => [udp, tcp].some(({ state }) => state === "authoritative"));
  const servers = await inParallel(listed, async ({ name, addresses }): Promise<ServerEvidence> => {
    const isWorthwhile = mayAsk() && (isHeard || asked.size === 0 || !isAtOrBelow(name, apex));
    const found: AddressesFound = isWorthwhile
      ? await survey.session({ totalMs: hostMs }).addressesOf(name, "both", 0)
      : { addresses: [], unknown: "no-servers" };
    return serverEvidence(name, addresses, found);
  });
  const places = addressesOf(servers);
  await ask(places.map(([address]) => address));
  const parents = isReferred && mayAsk() ? await askParents(session, delegation) : [];
  const registrableDomain = registrableDomainOf(apex);
  return {
    apex,
    ...(delegation.parent !== undefined && { parent: delegation.parent }),
    ...(isReferred && {
      delegated: { names: delegation.servers.map(({ name }) => name).toSorted(), ttlSeconds: delegation.ttl },
    }),
    parents: parents.map((said): ParentSaid =>
      said.state === "delegated" ? { address: said.address, state: "delegated", names: said.ns.names } : said,
    ),
    servers,
    addresses: places.map(([address, names]) => addressEvidence(address, names, asked.get(address) ?? notAsked)),
    ...(registrableDomain !== undefined && { registrableDomain }),
  };
}

const notAsked: ServerAsked = {
  udp: { state: "not asked", why: "budget" },
  tcp: { state: "not asked", why: "budget" },
};

function serverEvidence(name: string, glue: readonly string[], found: AddressesFound): ServerEvidence {
  const registrableDomain = registrableDomainOf(name);
  return {
    name,
    glue,
    own: found.addresses,
    host: hostState(found),
    ...(registrableDomain !== undefined && { registrableDomain }),
  };
}

function hostState({ addresses, alias, absent, unknown }: AddressesFound): ServerEvidence["host"] {
  if (alias !== undefined) return { state: "alias", target: alias };
  if (addresses.length > 0) return { state: "has addresses" };
  if (unknown !== undefined || absent === undefined) return { state: "unknown", reason: unknown ?? "not asked" };
  return { state: "absent", reason: absent };
}

/** Addresses with the servers that they belong to: the first of each server, then the second of each, and so on. */
function addressesOf(
  servers: readonly Pick<ServerEvidence, "name" | "glue" | "own">[],
): [address: string, names: string[]][] {
  const known = new Map<string, string[]>();
  const lists = servers.map(({ name, glue, own }) => ({ name, all: [...new Set([...own, ...glue])] }));
  for (let rank = 0; lists.some(({ all }) => rank < all.length); rank++)
    for (const { name, all } of lists) {
      const address = all[rank];
      if (address !== undefined) known.set(address, [...(known.get(address) ?? []), name]);
    }
  return [...known].slice(0, addressesMax);
}

const addressEvidence = (address: string, names: string[], { udp, tcp, soa, ns }: ServerAsked): AddressEvidence => ({
  address,
  servers: names,
  special: isSpecialAddress(address),
  udp,
  tcp,
  ...(soa && {
    soa: {
      primary: soa.mname,
      serial: soa.serial,
      refreshSeconds: soa.refresh,
      negativeTtlSeconds: soa.negativeTtl,
    },
  }),
  ...(ns && { ns: { names: ns.names, ttlSeconds: ns.ttl } }),
});
