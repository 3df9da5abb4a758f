import { inParallel } from "../../engine/resolver/parallel.ts";
import type { Delegation } from "../../engine/resolver/resolution.ts";
import type { AddressesFound, IterativeSession } from "../../engine/resolver/session.ts";
import { isSpecialAddress } from "../../engine/resolver/special-address.ts";
import { askParents, ownDelegation } from "../../engine/resolver/zone-authorities.ts";
import { askZoneServer, type ServerAsked } from "../../engine/resolver/zone-server.ts";
import type {
  AddressEvidence,
  ParentSaid,
  ServerEvidence,
  ZoneEvidence,
} from "../../model/audit/delegation-evidence.ts";
import { registrableDomainOf } from "./registrable-domain.ts";
import type { Survey } from "./survey.ts";

/** Of one zone so many servers are looked up, as many as the root has, and so many addresses asked, each server's first ones first. */
const serversMax = 13;
const addressesMax = 8;

/** Sees one zone as its parent and every server of it see it. `reserved`: queries left for others to ask with. */
export async function surveyZone(
  survey: Survey,
  apex: string,
  holder: Delegation,
  reserved: number,
): Promise<ZoneEvidence> {
  const session = survey.session();
  const isReferred = apex === holder.apex;
  // Where one server has parent and child there is no referral: the child's own NS set is all there is.
  const delegation = isReferred ? holder : await ownDelegation(session, apex, holder);
  const servers: ServerEvidence[] = [];
  for (const [index, { name, addresses }] of delegation.servers.entries()) {
    const found: AddressesFound =
      index < serversMax && survey.budget.queriesLeft > reserved
        ? await session.addressesOf(name, "both", 0)
        : { addresses: [], unknown: "query-limit" };
    servers.push(serverEvidence(name, addresses, found));
  }
  const parents = isReferred && survey.budget.queriesLeft > reserved ? await askParents(session, delegation) : [];
  const addresses = await inParallel(addressesOf(servers), ([address, names]) =>
    askAddress({ survey, session, address, names, apex, reserved }),
  );
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
    addresses,
    ...(registrableDomain !== undefined && { registrableDomain }),
  };
}

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
function addressesOf(servers: readonly ServerEvidence[]): [address: string, names: string[]][] {
  const known = new Map<string, string[]>();
  const lists = servers.map(({ name, glue, own }) => ({ name, all: [...new Set([...own, ...glue])] }));
  for (let rank = 0; lists.some(({ all }) => rank < all.length); rank++)
    for (const { name, all } of lists) {
      const address = all[rank];
      if (address !== undefined) known.set(address, [...(known.get(address) ?? []), name]);
    }
  return [...known].slice(0, addressesMax);
}

type Asked = {
  survey: Survey;
  session: IterativeSession;
  address: string;
  names: string[];
  apex: string;
  reserved: number;
};

async function askAddress({ survey, session, address, names, apex, reserved }: Asked): Promise<AddressEvidence> {
  const notAsked = { state: "not asked", why: "budget" } as const;
  const asked: ServerAsked =
    survey.budget.queriesLeft > reserved && !survey.isSpent()
      ? await askZoneServer(session, address, apex)
      : { udp: notAsked, tcp: notAsked };
  const { udp, tcp, soa, ns } = asked;
  return {
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
  };
}
