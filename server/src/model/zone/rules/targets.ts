import { isAtOrBelow, readMx, readName, readWireName, TYPE, typeName } from "chancery/dns";
import { type Found, refuse, setOf, warn, type ZoneRule } from "../rule.ts";
import type { Rrset } from "../rrset.ts";
import { ancestorsOf, type ZoneLookup } from "../zone-lookup.ts";

/** The host names that an RRset leads to; "." says that there is none. */
export function targetsOf({ type, data }: Rrset): string[] {
  if (type === TYPE.NS || type === TYPE.CNAME) return data.map(readName);
  if (type === TYPE.MX) return data.map((one) => readMx(one).exchange);
  if (type === TYPE.SRV) return data.flatMap(srvTarget);
  return [];
}

/** Behind priority, weight and port (RFC 2782). */
function srvTarget(data: Uint8Array): string[] {
  const name = readWireName(data, 6, { pointers: "refused" });
  return name.ok ? [name.value.name] : [];
}

const hasAddress = (zone: ZoneLookup, name: string): boolean =>
  zone.at(name).some(({ type }) => type === TYPE.A || type === TYPE.AAAA);

/** RFC 2181 §10.3 and RFC 2782: what MX, NS and SRV name is a host with addresses, never an alias. */
export const targetIsHost: ZoneRule = {
  rule: "target-is-host",
  check: (_name, sets, zone) => {
    const found: Found[] = [];
    for (const set of sets.filter(({ type }) => type === TYPE.MX || type === TYPE.NS || type === TYPE.SRV))
      for (const target of targetsOf(set)) {
        if (target === "." || !isAtOrBelow(target, zone.origin)) continue;
        const there = zone.at(target);
        if (setOf(there, TYPE.CNAME) !== undefined)
          found.push(
            warn(
              `${typeName(set.type)} names ${target}, which is an alias (RFC 2181 §10.3); some look no further`,
              `name what ${target} leads to, or put addresses there`,
            ),
          );
        // NS is the matter of the rule on glue, and a name below a cut is answered elsewhere.
        else if (set.type !== TYPE.NS && !hasAddress(zone, target) && !isBelowCut(zone, target))
          found.push(
            warn(
              `${typeName(set.type)} names ${target}, which has no address in this zone`,
              `put A or AAAA at ${target}`,
            ),
          );
      }
    return found;
  },
};

const isBelowCut = (zone: ZoneLookup, name: string): boolean =>
  [name, ...ancestorsOf(name, zone.origin)].some(
    (at) => at !== zone.origin && setOf(zone.at(at), TYPE.NS) !== undefined,
  );

/** RFC 1034 §4.2.1: servers named inside the zone that they serve are reached only by the addresses given beside. */
export const glue: ZoneRule = {
  rule: "glue",
  check: (name, sets, zone) => {
    const servers = setOf(sets, TYPE.NS);
    if (servers === undefined) return [];
    return targetsOf(servers).flatMap((server): Found[] => {
      if (!isAtOrBelow(server, zone.origin) || hasAddress(zone, server)) return [];
      if (setOf(zone.at(server), TYPE.CNAME) !== undefined) return []; // told as an alias
      const remedy = `put A or AAAA at ${server} first, or in the same request`;
      return isAtOrBelow(server, name)
        ? [
            refuse(
              `NS names ${server}, which lies in ${name} itself and has no address here: nobody could reach it`,
              remedy,
            ),
          ]
        : [warn(`NS names ${server}, which has no address in this zone`, remedy)];
    });
  },
};

/** RFC 7505 §3: "no mail here" stands alone. RFC 2782: so does "no such service". */
export const noneAlone: ZoneRule = {
  rule: "none-alone",
  check: (_name, sets) =>
    sets
      .filter((set) => (set.type === TYPE.MX || set.type === TYPE.SRV) && targetsOf(set).includes("."))
      .flatMap((set): Found[] => {
        if (set.data.length > 1)
          return [
            refuse(
              `${typeName(set.type)} to "." says that there is none, and others stand beside it (${set.type === TYPE.MX ? "RFC 7505 §3" : "RFC 2782"})`,
              'keep the one to "." or the others',
            ),
          ];
        const isNullMx = set.type !== TYPE.MX || readMx(set.data[0]!).preference === 0;
        return isNullMx ? [] : [warn("a null MX has preference 0 (RFC 7505 §3)", "write it as 0 .")];
      }),
};

/** A target with the zone's name twice at its end: a final dot was forgotten in a file. */
export const doubledName: ZoneRule = {
  rule: "doubled-name",
  check: (name, sets, { origin }) => {
    if (!origin.includes(".")) return [];
    const isDoubled = (text: string): boolean => isAtOrBelow(text, `${origin}.${origin}`);
    const doubled = [...new Set([name, ...sets.flatMap(targetsOf)])].filter(isDoubled);
    return doubled.map((text) =>
      warn(`${text} ends in the zone's name twice`, "write the final dot behind names that are whole"),
    );
  },
};
