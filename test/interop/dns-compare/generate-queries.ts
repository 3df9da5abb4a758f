import { TYPE, type Message } from "chancery/dns";
import type { Random } from "../../fuzz/random.ts";
import { edgeName, type GeneratedZone } from "./generate-zones.ts";

export type Asked = { transport: "udp" | "tcp"; query: Message };

const types = [
  TYPE.A,
  TYPE.AAAA,
  TYPE.TXT,
  TYPE.NS,
  TYPE.CNAME,
  TYPE.MX,
  TYPE.SOA,
  TYPE.DS,
  TYPE.SRV,
  TYPE.PTR,
  TYPE.DNAME,
  TYPE.DNSKEY,
  TYPE.NSEC,
  TYPE.RRSIG,
  TYPE.ANY,
  65_280,
  65_281,
  65_282,
];

/** A query at one of the edges of these zones. */
export function edgeQuery(random: Random, zones: readonly GeneratedZone[]): Asked {
  const edns = {
    udpSize: random.pick([0, 512, 700, 1232, 4096]),
    version: 0,
    dnssecOk: random.once(3),
    extendedRcode: 0,
    options: [],
  };
  return {
    transport: random.once(4) ? "tcp" : "udp",
    query: {
      id: 0,
      response: false,
      opcode: 0,
      authoritative: false,
      truncated: false,
      recursionDesired: random.once(2),
      recursionAvailable: false,
      authenticData: random.once(4),
      checkingDisabled: random.once(4),
      rcode: 0,
      questions: [{ name: edgeName(random, zones), type: random.pick(types), class: 1 }],
      answers: [],
      authority: [],
      additional: [],
      ...(random.once(3) ? {} : { edns }),
    },
  };
}

/** Two with the same key are one. */
export const queryKey = ({ transport, query }: Asked): string => {
  const { name, type } = query.questions[0]!; // as made above
  const { recursionDesired: rd, authenticData: ad, checkingDisabled: cd, edns } = query;
  return JSON.stringify([transport, name, type, rd, ad, cd, edns?.udpSize, edns?.dnssecOk]);
};
