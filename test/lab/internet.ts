import { RCODE } from "chancery/dns";
import { authorityFor, replyTo, startAuthority } from "../../server/src/engine/resolver/test-authority.ts";
import { startKnot } from "../rig/knot.ts";
import { startNsd } from "../rig/nsd.ts";
import { startUnbound } from "../rig/unbound.ts";
import type { NamedCase, Served } from "./case.ts";
import { parentAmong, zonesOf, type LabZone } from "./zones.ts";

/** The lab served for real: what the `chancery` command needs to know of it, as environment variables. */
export type LabInternet = { environment: Record<string, string>; stop(): Promise<void> };

/** Two runs on one machine do not meet: each is somewhere else in 127.0.0.0/8. */
const ownOctet = 60 + (process.pid % 190);
const at = (net: number, host: number): string => `127.${ownOctet}.${net}.${host}`;

/** The resolvers of the lab: one that resolves, and one that answers some names by what it was told (`staleResolver`). */
export const labResolvers = { resolver: `${at(78, 54)}:53`, staleResolver: `${at(78, 55)}:53` };

/** Several addresses each for the root and the top levels: every audit asks them. */
const upperAddresses = 6;
const nets: Record<Served, readonly [number, number]> = {
  both: [80, 81],
  nsd: [80, 81],
  knot: [80, 81],
  refused: [80, 81],
  lies: [82, 85],
  fails: [83, 86],
  silent: [84, 87],
  "udp-only": [89, 90],
};
const hostsOf = (index: number, served: Served): readonly [string, string] => {
  const [first, second] = nets[served];
  return [at(first, 1 + index), at(second, 1 + index)];
};

/** Root and top levels on NSD, every zone below on NSD and on Knot, an Unbound as the resolver of somebody who receives mail. */
export async function startLabInternet(cases: readonly NamedCase[]): Promise<LabInternet> {
  const zones = zonesOf(cases, hostsOf);
  const stops: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => void (await Promise.all(stops.splice(0).map((one) => one())));
  const kept = async <T extends { stop(): Promise<unknown> }>(starting: Promise<T>): Promise<T> => {
    const started = await starting;
    stops.push(() => started.stop());
    return started;
  };
  const ours = zones.filter(({ served }) => ["lies", "fails", "silent", "udp-only"].includes(served));
  const answering = authorityFor(textsOf(ours));
  const servedAt = new Map(ours.flatMap(({ served, hosts }) => hosts.map((host) => [host, served] as const)));
  const root = { name: "a.root.example", address: at(78, 1) };
  try {
    await Promise.all([
      kept(startNsd({ addresses: upper(78), zones: { ".": rootText(zones) }, ready: "first" })),
      kept(startNsd({ addresses: upper(79), zones: topLevels(zones), ready: "first" })),
      kept(startNsd({ addresses: addressesIn(zones, 80), zones: textsOf(zones.filter(onNsd)), ready: "first" })),
      kept(startKnot({ addresses: addressesIn(zones, 81), zones: textsOf(zones.filter(onKnot), "secondText") })),
      kept(startUnbound({ address: at(78, 54), root })),
      kept(startUnbound({ address: at(78, 55), root, localData: cases.flatMap((one) => one.staleResolver ?? []) })),
      startAuthority(
        [...servedAt.keys()],
        ({ address, query, transport }) => {
          const served = servedAt.get(address);
          if (served === "silent" || (served === "udp-only" && transport === "tcp")) return undefined;
          return served === "fails"
            ? replyTo(query, { rcode: RCODE.SERVFAIL, authoritative: false })
            : answering(query);
        },
        53,
      ).then((authority) => stops.push(() => authority.close())),
    ]);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    environment: {
      CHANCERY_RESOLVER_ROOT: JSON.stringify([{ name: root.name, addresses: upper(78) }]),
      CHANCERY_RESOLVER_SERVERS: JSON.stringify([labResolvers.resolver]),
      CHANCERY_RESOLVER_AUTHORITY_PORT: "53",
    },
    stop,
  };
}

const onNsd = ({ served }: LabZone): boolean => served === "both" || served === "nsd";
const onKnot = ({ served }: LabZone): boolean => served === "both" || served === "knot";
const upper = (net: number): string[] => Array.from({ length: upperAddresses }, (_, index) => at(net, 1 + index));
const addressesIn = (zones: readonly LabZone[], net: number): string[] =>
  zones.flatMap(({ hosts }) => hosts).filter((host) => host.startsWith(`127.${ownOctet}.${net}.`));
const textsOf = (zones: readonly LabZone[], which: "text" | "secondText" = "text"): Record<string, string> =>
  Object.fromEntries(zones.map((zone) => [zone.origin, zone[which]]));

const topLevelOf = (origin: string): string => origin.slice(origin.lastIndexOf(".") + 1);
const servers = (names: string, net: number): string =>
  upper(net)
    .map((address, index) => `@ NS ${names}${index}\n${names}${index} A ${address}`)
    .join("\n");
const soa = (origin: string): string => `$ORIGIN ${origin}\n$TTL 3600\n@ SOA ns0 hostmaster 1 3600 600 1209600 60\n`;

const topLevelsOf = (zones: readonly LabZone[]): string[] => [
  ...new Set(zones.map(({ origin }) => topLevelOf(origin))),
];

const rootText = (zones: readonly LabZone[]): string =>
  `${soa(".")}${servers("a.root.example", 78)}\n${topLevelsOf(zones)
    .map((label) => `$ORIGIN ${label}.\n${servers("ns.nic", 79)}`)
    .join("\n")}\n`;

const topLevels = (zones: readonly LabZone[]): Record<string, string> =>
  Object.fromEntries(
    topLevelsOf(zones).map((label) => {
      const below = zones.filter(
        ({ origin }) => topLevelOf(origin) === label && parentAmong(origin, zones) === undefined,
      );
      return [label, `${soa(`${label}.`)}${servers("ns.nic", 79)}\n${below.map(({ cut }) => cut).join("\n")}\n`];
    }),
  );
