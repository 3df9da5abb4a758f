/** The lab's machines. Every one has an address of its own, and all of them one port, as on the real Internet. */
export const labAddresses = {
  root: "127.53.0.1",
  parent: "127.53.0.2",
  customer: ["127.53.0.3", "127.53.0.4"],
  provider: "127.53.0.5",
  sink: "127.53.0.25",
  resolver: "127.53.0.53",
} as const;

/** Where Chancery's zone hangs in the lab's tree of names. */
export const labServiceZone = "dkim.esp.example";
