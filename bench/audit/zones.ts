import { aData, buildZone, nameData, soaData, TYPE, txtData, type ResourceRecord, type Zone } from "chancery/dns";

/** Where everything of the bench listens. Every zone below the top level has two servers. */
export const addresses = {
  root: "127.54.18.1",
  customers: ["127.54.18.2", "127.54.18.3"],
  alias: ["127.54.18.4", "127.54.18.5"],
  provider: ["127.54.18.6", "127.54.18.7"],
} as const;

/** Customers' zones; their names are spread over these. */
export const zonesCount = 1000;
const customer = (index: number): string => `c${index % zonesCount}.example`;
export const keyName = (index: number): string => `s${Math.floor(index / zonesCount)}._domainkey.${customer(index)}`;

const nsNames = ["ns1", "ns2"] as const;
const soa = (origin: string): ResourceRecord => ({
  name: origin,
  type: TYPE.SOA,
  ttl: 3600,
  data: soaData({
    mname: origin === "." ? "ns" : `ns1.${origin}`,
    rname: "hostmaster.example",
    serial: 1,
    refresh: 7200,
    retry: 3600,
    expire: 1_209_600,
    minimum: 300,
  }),
});
const servedAt = (origin: string, hosts: readonly string[]): ResourceRecord[] =>
  hosts.flatMap((host, index) => {
    const name = `${nsNames[index] ?? "ns"}.${origin === "." ? "root" : origin}`;
    return [
      { name: origin, type: TYPE.NS, ttl: 3600, data: nameData(name) },
      { name, type: TYPE.A, ttl: 3600, data: aData(host) },
    ];
  });
const cname = (name: string, target: string): ResourceRecord => ({
  name,
  type: TYPE.CNAME,
  ttl: 300,
  data: nameData(target),
});
const zoneOf = (origin: string, records: readonly ResourceRecord[]): Zone => {
  const zone = buildZone(origin, [soa(origin), ...records]);
  if (!zone.ok) throw new Error(zone.problem);
  return zone.value;
};

/** A chain of three names in three zones: the customer's alias, an alias of the provider's, the key. */
export function benchZones(names: number): Record<keyof typeof addresses, Zone[]> {
  const text = `v=DKIM1; k=rsa; p=${"A".repeat(392)}`;
  const indexes = Array.from({ length: names }, (_, index) => index);
  const customers = Array.from({ length: zonesCount }, (_, zone) => {
    const origin = `c${zone}.example`;
    const own = indexes.filter((index) => index % zonesCount === zone);
    return zoneOf(origin, [
      ...servedAt(origin, addresses.customers),
      ...own.map((index) => cname(keyName(index), `k${index}.alias.test`)),
    ]);
  });
  return {
    root: [
      zoneOf(".", [
        ...servedAt(".", [addresses.root]),
        ...Array.from({ length: zonesCount }, (_, zone) => servedAt(`c${zone}.example`, addresses.customers)).flat(),
        ...servedAt("alias.test", addresses.alias),
        ...servedAt("provider.test", addresses.provider),
      ]),
    ],
    customers,
    alias: [
      zoneOf("alias.test", [
        ...servedAt("alias.test", addresses.alias),
        ...indexes.map((index) => cname(`k${index}.alias.test`, `k${index}.provider.test`)),
      ]),
    ],
    provider: [
      zoneOf("provider.test", [
        ...servedAt("provider.test", addresses.provider),
        ...indexes.map((index) => ({
          name: `k${index}.provider.test`,
          type: TYPE.TXT,
          ttl: 300,
          data: txtData(text),
        })),
      ]),
    ],
  };
}
