import type { TsigKey } from "chancery/dns";
import { BlockList, isIP } from "node:net";

/** A name server that holds copies of our zones. */
export type Secondary = {
  /** What we call it, for logs. */
  name: string;
  /** Addresses, or networks as ADDRESS/BITS: from where it asks. Single addresses are told of changes. */
  addresses: readonly string[];
  /** Where it takes NOTIFY. */
  port: number;
  /** Any of them opens a transfer; the first signs NOTIFY. */
  keys: readonly TsigKey[];
  notify: "on-change" | "never";
};

/** Finds the secondary that asks: one that has the key and the address. Undefined when either is missing (DNS-D-11). */
export function secondaryFinder(
  secondaries: readonly Secondary[],
): (from: string, keyName: string) => Secondary | undefined {
  const known = secondaries.map((secondary) => ({
    secondary,
    keyNames: new Set(secondary.keys.map(({ name }) => name)),
    addresses: networksOf(secondary.addresses),
  }));
  return (from, keyName) => {
    const address = from.replace(/%.*$/, "");
    const family = isIP(address) === 6 ? "ipv6" : "ipv4";
    return known.find(({ keyNames, addresses }) => keyNames.has(keyName) && addresses.check(address, family))
      ?.secondary;
  };
}

function networksOf(addresses: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of addresses) {
    const [address = "", bits] = network.split("/");
    const family = isIP(address) === 6 ? "ipv6" : "ipv4";
    list.addSubnet(address, Number(bits ?? (family === "ipv6" ? 128 : 32)), family);
  }
  return list;
}

/** The addresses that NOTIFY goes to. */
export const notifiedAddresses = ({ addresses, notify }: Secondary): readonly string[] =>
  notify === "never" ? [] : addresses.filter((address) => isIP(address) !== 0);
