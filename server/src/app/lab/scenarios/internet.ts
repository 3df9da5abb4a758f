import { answer, buildZone, parseZoneFile, type Zone, zoneSet } from "chancery/dns";
import { startDnsServer } from "../../../engine/dns-server/server.ts";
import { createRecursiveResolver } from "../../../engine/resolver/recursive.ts";
import type { Fault, ScenarioKeys } from "./fault.ts";

/** Machines of a scenario, beside those of `lab up`, so that both can run. */
const addresses = {
  root: "127.53.1.1",
  example: "127.53.1.2",
  first: "127.53.1.3",
  second: "127.53.1.4",
  provider: "127.53.1.5",
  resolver: "127.53.1.53",
} as const;

/** What a `chancery` command needs to know to be on this internet. */
export type ScenarioInternet = { resolver: string; environment: Record<string, string>; close(): Promise<void> };

/** A root, `example`, a provider, two name servers of the customers and a resolver, on one free port of loopback addresses. */
export async function startInternet(faults: readonly Fault[], keys: ScenarioKeys): Promise<ScenarioInternet> {
  const customers = (which: "records" | "second"): Zone[] =>
    faults.map((fault) => customerZone(fault.label, (fault[which] ?? fault.records)(keys)));
  const served: readonly (readonly [string, readonly Zone[]])[] = [
    [addresses.root, [zoneOf(".", ["@ NS ns.", `ns. A ${addresses.root}`, ...cut("example", [addresses.example])])]],
    [
      addresses.example,
      [
        zoneOf("example", [
          ...servers([addresses.example]),
          ...cut("provider.example", [addresses.provider]),
          ...faults.flatMap(({ label }) => cut(`${label}.example`, [addresses.first, addresses.second])),
        ]),
      ],
    ],
    [addresses.first, customers("records")],
    [addresses.second, customers("second")],
    [
      addresses.provider,
      [
        zoneOf("provider.example", [
          ...servers([addresses.provider]),
          `s1.dkim ${keys.provider.record}`,
          `mail._domainkey ${keys.provider.record}`,
        ]),
      ],
    ],
  ];
  const started: { close(): Promise<unknown> }[] = [];
  const close = async (): Promise<void> => void (await Promise.all(started.splice(0).map((one) => one.close())));
  try {
    let port = 0;
    for (const [host, zones] of served) {
      const set = zoneSet(zones);
      const server = await startDnsServer({
        listen: [{ host, port }],
        answer: (query, { transport }) => answer(set, query, transport),
      });
      started.push(server);
      port = server.port;
    }
    const root = [{ name: "ns", addresses: [addresses.root] }];
    const recursive = createRecursiveResolver({ root, authorityPort: port });
    started.push(await startDnsServer({ listen: [{ host: addresses.resolver, port }], answer: recursive.answer }));
    const resolver = `${addresses.resolver}:${port}`;
    return {
      resolver,
      environment: {
        CHANCERY_RESOLVER_SERVERS: JSON.stringify([resolver]),
        CHANCERY_RESOLVER_ROOT: JSON.stringify(root),
        CHANCERY_RESOLVER_AUTHORITY_PORT: String(port),
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What a kept domain has, and the fault. */
const customerZone = (label: string, records: string): Zone =>
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
