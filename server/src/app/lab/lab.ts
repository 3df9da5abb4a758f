import { join } from "node:path";
import { answer, buildZone, parseZoneFile, type Zone, zoneSet } from "chancery/dns";
import { startDnsServer } from "../../engine/dns-server/server.ts";
import { createRecursiveResolver } from "../../engine/resolver/recursive.ts";
import type { NameServerHost } from "../config-keys.ts";
import { labAddresses } from "./addresses.ts";
import { customerZones } from "./customer-zones.ts";
import { startSink } from "./sink.ts";
import { parentZone, providerZone, rootZone } from "./zones.ts";

export type LabOptions = {
  /** Where customers' zone files and received mail are kept. */
  directory: string;
  /** The port of every machine here, and of the running Chancery's name server. */
  port: number;
  /** The running Chancery's name servers. */
  nameServers: readonly NameServerHost[];
  /** Told, in a line for people, of what happens. */
  report: (line: string) => void;
};

export type Lab = { zoneFiles: string[]; inbox: string; close(): Promise<void> };

/**
 * A small internet on loopback addresses: a root, a parent, a provider, customers' zones, a recursive resolver and a mail
 * sink. Rejects with what the system says when an address or the port is taken.
 */
export async function startLab({ directory, port, nameServers, report }: LabOptions): Promise<Lab> {
  const inbox = join(directory, "inbox");
  const started: { close(): Promise<unknown> }[] = [];
  const close = async (): Promise<void> => void (await Promise.all(started.map((one) => one.close())));
  let serial = 1;
  let parent = zoneSet([]);
  let served = zoneSet([]);
  const customers = customerZones(directory, () => loadCustomers(), report);
  started.push({ close: async () => customers.close() });
  const loadCustomers = (): void => {
    parent = zoneSet([zoneOf("example", parentZone(customers.origins(), serial++))]);
    served = zoneSet(customers.zones());
  };
  loadCustomers();
  const root = zoneSet([zoneOf(".", rootZone())]);
  const provider = zoneSet([zoneOf("esp.example", providerZone(nameServers))]);
  const authorities = [
    { hosts: [labAddresses.root], zones: () => root },
    { hosts: [labAddresses.parent], zones: () => parent },
    { hosts: [labAddresses.provider], zones: () => provider },
    { hosts: labAddresses.customer, zones: () => served },
  ];
  const onError = (error: unknown): void => report(`a socket failed: ${String(error)}`);
  try {
    for (const { hosts, zones } of authorities)
      started.push(
        await startDnsServer({
          listen: hosts.map((host) => ({ host, port })),
          answer: (query, { transport }) => answer(zones(), query, transport),
          onError,
        }),
      );
    const recursive = createRecursiveResolver({
      root: [{ name: "a.root.example", addresses: [labAddresses.root] }],
      authorityPort: port,
    });
    started.push(
      await startDnsServer({ listen: [{ host: labAddresses.resolver, port }], answer: recursive.answer, onError }),
    );
    started.push(
      await startSink({
        host: labAddresses.sink,
        port,
        inbox,
        resolver: { address: labAddresses.resolver, port },
        report,
      }),
    );
  } catch (error) {
    await close();
    throw error;
  }
  return { zoneFiles: customers.origins().map((origin) => join(directory, `${origin}.zone`)), inbox, close };
}

function zoneOf(origin: string, text: string): Zone {
  const records = parseZoneFile(text, { origin });
  if (!records.ok) throw new Error(`${origin}: ${records.problem}`);
  const zone = buildZone(origin, records.value);
  if (!zone.ok) throw new Error(`${origin}: ${zone.problem}`);
  return zone.value;
}
