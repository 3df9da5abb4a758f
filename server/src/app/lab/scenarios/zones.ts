import { buildZone, parseZoneFile, type Zone } from "chancery/dns";
import type { Fault, ScenarioKeys } from "./fault.ts";

/** Machines of a scenario, beside those of `lab up`, so that both can run. */
export const addresses = {
  root: "127.53.1.1",
  example: "127.53.1.2",
  first: "127.53.1.3",
  second: "127.53.1.4",
  provider: "127.53.1.5",
  resolver: "127.53.1.53",
  staleResolver: "127.53.1.54",
} as const;

/** What each name server has, by its address. */
export function zonesByServer(faults: readonly Fault[], keys: ScenarioKeys): [address: string, zones: Zone[]][] {
  const customers = (which: "records" | "second"): Zone[] =>
    faults.map((fault) => customerZone(fault.label, (fault[which] ?? fault.records)(keys)));
  const root = ["@ NS ns.", `ns. A ${addresses.root}`, ...cut("example", [addresses.example])];
  const example = [
    ...servers([addresses.example]),
    ...cut("provider.example", [addresses.provider]),
    ...faults.flatMap(({ label }) => cut(`${label}.example`, [addresses.first, addresses.second])),
  ];
  const provider = [
    ...servers([addresses.provider]),
    `s1.dkim ${keys.provider.record}`,
    `mail._domainkey ${keys.provider.record}`,
  ];
  return [
    [addresses.root, [zoneOf(".", root)]],
    [addresses.example, [zoneOf("example", example)]],
    [addresses.first, customers("records")],
    [addresses.second, customers("second")],
    [addresses.provider, [zoneOf("provider.example", provider)]],
  ];
}

/** What a kept domain has, and the fault. */
export const customerZone = (label: string, records: string): Zone =>
  zoneOf(`${label}.example`, [
    ...servers([addresses.first, addresses.second]),
    "@ MX 10 mail",
    "mail A 192.0.2.25",
    '@ TXT "v=spf1 mx -all"',
    `_dmarc TXT "v=DMARC1; p=reject; rua=mailto:dmarc@${label}.example"`,
    records,
  ]);

const servers = (hosts: readonly string[]): string[] =>
  hosts.flatMap((host, index) => [`@ NS ns${index + 1}`, `ns${index + 1} A ${host}`]);
const cut = (origin: string, hosts: readonly string[]): string[] =>
  hosts.flatMap((host, index) => [`${origin}. NS ns${index + 1}.${origin}.`, `ns${index + 1}.${origin}. A ${host}`]);

function zoneOf(origin: string, lines: readonly string[]): Zone {
  const text = ["$TTL 300", "@ SOA ns1 hostmaster 1 3600 600 1209600 60", ...lines, ""].join("\n");
  const records = parseZoneFile(text, { origin });
  if (!records.ok) throw new Error(`${origin}: ${records.problem}`);
  const zone = buildZone(origin, records.value);
  if (!zone.ok) throw new Error(`${origin}: ${zone.problem}`);
  return zone.value;
}
