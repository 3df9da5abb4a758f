import { BlockList, isIPv6 } from "node:net";

/**
 * Addresses no public name server can have (IANA special-purpose registries); what leads there leads into somebody's own
 * network. One list for each family: the rule for mapped addresses would else cover all of IPv4.
 */
const special = { ipv4: new BlockList(), ipv6: new BlockList() };
const subnets: readonly [address: string, bits: number, family: "ipv4" | "ipv6"][] = [
  ["0.0.0.0", 8, "ipv4"],
  ["10.0.0.0", 8, "ipv4"],
  ["100.64.0.0", 10, "ipv4"],
  ["127.0.0.0", 8, "ipv4"],
  ["169.254.0.0", 16, "ipv4"],
  ["172.16.0.0", 12, "ipv4"],
  ["192.0.0.0", 24, "ipv4"],
  ["192.0.2.0", 24, "ipv4"],
  ["192.168.0.0", 16, "ipv4"],
  ["198.18.0.0", 15, "ipv4"],
  ["198.51.100.0", 24, "ipv4"],
  ["203.0.113.0", 24, "ipv4"],
  ["224.0.0.0", 3, "ipv4"],
  ["::", 127, "ipv6"],
  ["::ffff:0:0", 96, "ipv6"],
  ["64:ff9b:1::", 48, "ipv6"],
  ["100::", 64, "ipv6"],
  ["2001:db8::", 32, "ipv6"],
  ["fc00::", 7, "ipv6"],
  ["fe80::", 10, "ipv6"],
  ["ff00::", 8, "ipv6"],
];
for (const [address, bits, family] of subnets) special[family].addSubnet(address, bits, family);

export function isSpecialAddress(address: string): boolean {
  const family = isIPv6(address) ? "ipv6" : "ipv4";
  return special[family].check(address, family);
}
