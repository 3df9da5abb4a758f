import { parentName, readName, TYPE } from "chancery/dns";
import { inParallel } from "../../../engine/resolver/authorities/parallel.ts";
import type { Lookup } from "../../../engine/resolver/resolution.ts";
import type { NamePlace } from "../../../model/provider/name-place.ts";
import type { TracedChain } from "../../../model/traced-chain.ts";
import { registrableDomainOf } from "../registrable-domain.ts";

/** So many names of all chains are looked into. */
const namesMax = 40;

/**
 * Where the names of chains stand: zone, name servers, registrable domain. Asks a resolver and no name server, so that it
 * works wherever mail is verified. Each zone is asked once.
 */
export async function gatherPlaces(lookup: Lookup, chains: readonly TracedChain[]): Promise<NamePlace[]> {
  const namesOf = ({ aliases, finalName }: TracedChain): string[] => [...aliases.map(({ name }) => name), finalName];
  // Where DNS gave no answer for the name it gives none around it either, and takes its time.
  const known = chains.filter(({ outcome }) => outcome !== "unknown");
  const names = [...new Set(known.flatMap(namesOf))].slice(0, namesMax);
  const zones = once((parent) => zoneAbove(lookup, parent));
  const servers = once((zone) => nameServersOf(lookup, zone));
  return inParallel(names, async (name): Promise<NamePlace> => {
    // An alias hides what else could be asked of its name, so its parent is asked.
    const parent = parentName(name);
    const zone = parent === undefined ? undefined : await zones(parent);
    const registrableDomain = registrableDomainOf(name);
    return {
      name,
      ...(zone !== undefined && { zone }),
      ...(registrableDomain !== undefined && { registrableDomain }),
      nameServers: zone === undefined ? [] : await servers(zone),
    };
  });
}

/** The apex of the zone that `name` is in, by the SOA record that comes with or without it. */
async function zoneAbove(lookup: Lookup, name: string): Promise<string | undefined> {
  const resolution = await lookup.lookup(name, TYPE.SOA);
  if (resolution.outcome === "present") return resolution.aliases.length === 0 ? name : undefined;
  return resolution.outcome === "absent" && resolution.aliases.length === 0 ? resolution.soa?.name : undefined;
}

async function nameServersOf(lookup: Lookup, zone: string): Promise<NamePlace["nameServers"]> {
  const resolution = await lookup.lookup(zone, TYPE.NS);
  if (resolution.outcome !== "present") return [];
  return resolution.records
    .map(({ data }) => readName(data))
    .toSorted()
    .map((name) => {
      const registrableDomain = registrableDomainOf(name);
      return { name, ...(registrableDomain !== undefined && { registrableDomain }) };
    });
}

/** `ask` with its answers kept, those under way included. */
function once<T>(ask: (name: string) => Promise<T>): (name: string) => Promise<T> {
  const asked = new Map<string, Promise<T>>();
  return (name) => {
    const known = asked.get(name) ?? ask(name);
    asked.set(name, known);
    return known;
  };
}
