import type { TsigKey } from "chancery/dns";
import { BlockList, isIP } from "node:net";

/** A name server that holds copies of our zones. */
export type Secondary = {
  /** What we call it, for logs. */
  name: string;
  /** From where it asks, and where it is told of changes. */
  addresses: readonly { host: string; port: number }[];
  /** Any of them opens a transfer; the first signs what we tell it. */
  keys: readonly TsigKey[];
};

/** Finds the secondary that asks: one that has the key and the address. Undefined when either is missing. */
export function secondaryFinder(
  secondaries: readonly Secondary[],
): (from: string, keyName: string) => Secondary | undefined {
  const known = secondaries.map((secondary) => {
    const addresses = new BlockList(); // compares addresses, not their texts
    for (const { host } of secondary.addresses) addresses.addAddress(host, familyOf(host));
    return { secondary, keyNames: new Set(secondary.keys.map(({ name }) => name)), addresses };
  });
  return (from, keyName) => {
    const address = from.replace(/%.*$/, "");
    return known.find(({ keyNames, addresses }) => keyNames.has(keyName) && addresses.check(address, familyOf(address)))
      ?.secondary;
  };
}

const familyOf = (address: string): "ipv4" | "ipv6" => (isIP(address) === 6 ? "ipv6" : "ipv4");
