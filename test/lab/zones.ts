import type { NamedCase, Served } from "./case.ts";
import { sharedZones } from "./shared-zones.ts";

/** A zone of the lab. `hosts`: the addresses of its two servers. */
export type LabZone = {
  origin: string;
  served: Served;
  hosts: readonly [string, string];
  text: string;
  /** What the second server has. */
  secondText: string;
  /** NS and glue in the zone above. */
  cut: string;
};

/** Host addresses of the lab: zone number `index` has its own pair, so that no server is asked more than a domain's share. */
export type HostsOf = (index: number, served: Served) => readonly [string, string];

/** Every zone that the cases need, each delegated by the nearest zone above it; top levels are not among them. */
export function zonesOf(cases: readonly NamedCase[], hostsOf: HostsOf): LabZone[] {
  const shared: NamedCase = {
    name: "shared",
    zone: "",
    domain: "",
    shows: "",
    records: "",
    finds: {},
    others: sharedZones,
  };
  const wanted = [shared, ...cases].flatMap((one) =>
    Object.entries({
      ...(one.zone !== "" && { [one.zone]: one.bare ? one.records : `${kept(one.zone)}${one.records}` }),
      ...one.others,
    }).map(([origin, records]) => ({ one, origin, records })),
  );
  const placed = wanted.map(({ one, origin, records }, index) => {
    const served = one.served?.[origin] ?? "both";
    const hosts = hostsOf(index, served);
    const listed = one.oneServer && origin === one.zone ? hosts.slice(0, 1) : hosts;
    const cut = delegationOf(origin, hosts, listed, one.delegation?.[origin]);
    return { one, origin, records, served, hosts, listed, cut };
  });
  return placed.map(({ one, origin, records, served, hosts, listed, cut }) => {
    const below = placed.filter((child) => parentAmong(child.origin, placed) === origin).map((child) => child.cut);
    const full = (content: string): string => zoneText(origin, listed, [content, ...below].join("\n"));
    const other = one.second?.[origin];
    const secondText = other === undefined ? undefined : full(one.zone === origin ? `${kept(origin)}${other}` : other);
    const text = full(records);
    return { origin, served, hosts, cut, text, secondText: secondText ?? text };
  });
}

function delegationOf(
  origin: string,
  hosts: readonly [string, string],
  listed: readonly string[],
  own?: string,
): string {
  const lines = own?.replaceAll("{first}", hosts[0]).replaceAll("{second}", hosts[1]) ?? nameServers(listed);
  return `$ORIGIN ${origin}.\n${lines}`;
}

/** The zone that delegates `origin`, where it is one of these. */
export const parentAmong = (origin: string, zones: readonly { origin: string }[]): string | undefined =>
  zones
    .map((zone) => zone.origin)
    .filter((above) => origin.endsWith(`.${above}`))
    .sort((a, b) => b.length - a.length)[0];

/** What every well-kept domain has. */
const kept = (domain: string): string => `@ MX 10 mail
mail A 192.0.2.25
@ TXT "v=spf1 mx -all"
mail TXT "v=spf1 a -all"
_dmarc TXT "v=DMARC1; p=reject; rua=mailto:dmarc@${domain}"
_smtp._tls TXT "v=TLSRPTv1; rua=mailto:tls@${domain}"
`;

const zoneText = (origin: string, hosts: readonly string[], content: string): string => `$ORIGIN ${origin}.
$TTL 300
@ 3600 SOA ns1 hostmaster 1 3600 600 1209600 60
${nameServers(hosts)}
${content}
`;

const nameServers = (hosts: readonly string[]): string =>
  hosts.map((host, index) => `@ 3600 NS ns${index + 1}\nns${index + 1} 3600 A ${host}`).join("\n");

/** One master file of everything, for `--dns FILE`. */
export const fileOf = (zones: readonly LabZone[]): string => zones.map(({ text }) => text).join("\n");
