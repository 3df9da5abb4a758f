import { parent } from "./parent.ts";
import { labAddresses, labServiceZone } from "./addresses.ts";

/** How long answers live here: short, so that a tour takes minutes. */
const ttlSeconds = 5;
const soa = (origin: string, serial: number): string => `@ SOA ns.${origin} hostmaster.${origin} ${serial} 5 5 3600 2`;
const zone = (origin: string, serial: number, lines: readonly string[]): string =>
  [`$ORIGIN ${origin}`, `$TTL ${ttlSeconds}`, soa(origin === "." ? "" : origin, serial), ...lines, ""].join("\n");

/** The root of the lab's names: knows `example.` alone. */
export const rootZone = (): string =>
  zone(".", 1, [
    `@ NS a.root.example.`,
    `example. NS ns.example.`,
    `ns.example. A ${labAddresses.parent}`,
    `a.root.example. A ${labAddresses.root}`,
  ]);

/** `example.`: delegates the customers' zones and that of the provider which runs Chancery. */
export const parentZone = (customers: readonly string[], serial: number): string =>
  zone("example.", serial, [
    "@ NS ns.example.",
    `ns.example. A ${labAddresses.parent}`,
    ...customers.flatMap((origin) =>
      labAddresses.customer.flatMap((address, index) => [
        `${origin}. NS ns${index + 1}.${origin}.`,
        `ns${index + 1}.${origin}. A ${address}`,
      ]),
    ),
    `${parent(labServiceZone)}. NS ns.${parent(labServiceZone)}.`,
    `ns.${parent(labServiceZone)}. A ${labAddresses.provider}`,
  ]);

/** The provider's own zone, which delegates Chancery's zone to the running Chancery. */
export const providerZone = (nameServers: readonly { name: string; addresses: readonly string[] }[]): string =>
  zone(`${parent(labServiceZone)}.`, 1, [
    `@ NS ns.${parent(labServiceZone)}.`,
    `ns.${parent(labServiceZone)}. A ${labAddresses.provider}`,
    ...nameServers.flatMap(({ name, addresses }) => [
      `${labServiceZone}. NS ${name}.`,
      ...addresses.map((address) => `${name}. ${address.includes(":") ? "AAAA" : "A"} ${address}`),
    ]),
  ]);

/** A customer's zone as the lab first writes it; people add what Chancery asks for. */
export const newCustomerZone = (origin: string): string =>
  `${zone(`${origin}.`, 1, [
    ...labAddresses.customer.flatMap((address, index) => [`@ NS ns${index + 1}`, `ns${index + 1} A ${address}`]),
    "@ MX 10 mail",
    `mail A ${labAddresses.sink}`,
  ])}
; The lab reads this file again whenever it changes. Publish below what Chancery asks for, for example with
;   ./chancery records ${origin} --format zone >> THIS FILE
`;
