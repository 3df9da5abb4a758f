import { RCODE, TYPE, type Edns, type Message } from "chancery/dns";

export type Transport = "udp" | "tcp";
type Expected = {
  rcode: number;
  answers?: number;
  authority?: number;
  aa?: boolean;
  /** Whether it is truncated over UDP; over TCP nothing is. */
  truncated?: boolean;
  opcode?: number;
  /** Absent: no OPT. `options` by code. */
  edns?: { dnssecOk?: boolean; options?: number[] | Record<Transport, number[]> };
};
/** A question, by packet and by the words that make dig and kdig ask it, and what has to come back. */
export type Row = {
  what: string;
  query: Partial<Omit<Message, "edns">> & { name?: string; type?: number; edns?: Partial<Edns> };
  /** Changes an octet that no message of ours would have. */
  octet?: [at: number, value: number];
  dig?: string;
  kdig?: string;
  expected: Expected;
};

const option = (code: number, hex = ""): { code: number; data: Uint8Array } => {
  return { code, data: new Uint8Array(Buffer.from(hex, "hex")) };
};
const soa = { rcode: RCODE.NOERROR, answers: 1, aa: true };
const badVersion = { rcode: RCODE.BADVERS, edns: {} };
const [nsid, subnet, expire, cookie, keepalive, padding, zoneVersion] = [3, 8, 9, 10, 11, 12, 19];

export const rows: readonly Row[] = [
  { what: "plain DNS (§8.1.1)", query: {}, dig: "+noedns +noad", kdig: "+noedns", expected: soa },
  {
    what: "an unknown type (§8.1.2)",
    query: { type: 1000 },
    dig: "+noedns -t TYPE1000",
    kdig: "+noedns -t TYPE1000",
    expected: { rcode: RCODE.NOERROR, answers: 0, authority: 1, aa: true },
  },
  {
    what: "an unknown type that is there",
    query: { name: "unknown.example.com", type: 666 },
    dig: "+noedns unknown.example.com -t TYPE666",
    kdig: "+noedns unknown.example.com -t TYPE666",
    expected: soa,
  },
  {
    what: "CD (§8.1.3.1)",
    query: { checkingDisabled: true },
    dig: "+noedns +noad +cd",
    kdig: "+noedns +cdflag",
    expected: soa,
  },
  { what: "AD (§8.1.3.2)", query: { authenticData: true }, dig: "+noedns +ad", kdig: "+noedns +adflag", expected: soa },
  {
    what: "the reserved bit (§8.1.3.3)",
    query: {},
    octet: [3, 0x40],
    dig: "+noedns +zflag",
    kdig: "+noedns +zflag",
    expected: soa,
  },
  {
    what: "RD (§8.1.3.4)",
    query: { recursionDesired: true },
    dig: "+noedns +rec",
    kdig: "+noedns +rdflag",
    expected: soa,
  },
  { what: "TC in a query", query: { truncated: true }, dig: "+noedns +tcflag", kdig: "+noedns +tcflag", expected: soa },
  {
    what: "AA in a query",
    query: { authoritative: true },
    dig: "+noedns +aaonly",
    kdig: "+noedns +aaflag",
    expected: soa,
  },
  ...[1, 2, 5, 6, 15].map((opcode): Row => {
    return {
      what: `opcode ${opcode} (§8.1.4)`,
      query: { opcode },
      dig: `+noedns +opcode=${opcode}`,
      expected: { rcode: RCODE.NOTIMP, opcode },
    };
  }),
  {
    what: "EDNS (§8.2.1)",
    query: { edns: {} },
    dig: "+edns=0 +nocookie",
    kdig: "+edns=0",
    expected: { ...soa, edns: {} },
  },
  {
    what: "EDNS version 1 (§8.2.2)",
    query: { edns: { version: 1 } },
    dig: "+edns=1 +noednsneg +nocookie",
    kdig: "+edns=1",
    expected: badVersion,
  },
  {
    what: "EDNS version 255",
    query: { edns: { version: 255 } },
    dig: "+edns=255 +noednsneg +nocookie",
    kdig: "+edns=255",
    expected: badVersion,
  },
  {
    what: "an unknown option (§8.2.3)",
    query: { edns: { options: [option(100)] } },
    dig: "+edns=0 +nocookie +ednsopt=100",
    kdig: "+edns=0 +ednsopt=100",
    expected: { ...soa, edns: {} },
  },
  {
    what: "unknown flags (§8.2.4)",
    query: { edns: {} },
    octet: [-3, 0x40],
    dig: "+edns=0 +nocookie +ednsflags=0x40",
    expected: { ...soa, edns: {} },
  },
  {
    what: "version 1 with unknown flags (§8.2.5)",
    query: { edns: { version: 1 } },
    octet: [-3, 0x40],
    dig: "+edns=1 +noednsneg +nocookie +ednsflags=0x40",
    expected: badVersion,
  },
  {
    what: "version 1 with an unknown option (§8.2.6)",
    query: { edns: { version: 1, options: [option(100)] } },
    dig: "+edns=1 +noednsneg +nocookie +ednsopt=100",
    kdig: "+edns=1 +ednsopt=100",
    expected: badVersion,
  },
  {
    what: "too long for 512 octets (§8.2.7)",
    query: { name: "big.example.com", type: TYPE.TXT, edns: { udpSize: 512 } },
    dig: "+edns=0 +nocookie +bufsize=512 +ignore big.example.com TXT",
    kdig: "+edns=0 +bufsize=512 +ignore big.example.com TXT",
    expected: { ...soa, truncated: true, edns: {} },
  },
  {
    what: "too long for anything but TCP",
    query: { name: "big.example.com", type: TYPE.TXT, edns: { udpSize: 4096 } },
    dig: "+edns=0 +nocookie +bufsize=4096 +ignore big.example.com TXT",
    kdig: "+edns=0 +bufsize=4096 +ignore big.example.com TXT",
    expected: { ...soa, truncated: true, edns: {} },
  },
  {
    what: "too long, without EDNS",
    query: { name: "big.example.com", type: TYPE.TXT },
    dig: "+noedns +ignore big.example.com TXT",
    kdig: "+noedns +ignore big.example.com TXT",
    expected: { ...soa, truncated: true },
  },
  {
    what: "DO (§8.2.8)",
    query: { edns: { dnssecOk: true } },
    dig: "+edns=0 +nocookie +dnssec",
    kdig: "+edns=0 +dnssec",
    expected: { ...soa, edns: { dnssecOk: true } },
  },
  {
    what: "version 1 with DO (§8.2.9)",
    query: { edns: { version: 1, dnssecOk: true } },
    dig: "+edns=1 +noednsneg +nocookie +dnssec",
    kdig: "+edns=1 +dnssec",
    expected: { ...badVersion, edns: { dnssecOk: true } },
  },
  {
    what: "defined options, all at once (§8.2.10)",
    query: {
      edns: {
        options: [nsid, subnet, expire, cookie].map((code) =>
          option(code, code === subnet ? "00010000" : code === cookie ? "0102030405060708" : ""),
        ),
      },
    },
    dig: "+edns=0 +nsid +subnet=0.0.0.0/0 +expire +cookie=0102030405060708",
    kdig: "+edns=0 +nsid +cookie=0102030405060708",
    expected: { ...soa, edns: { options: [nsid, cookie] } },
  },
  {
    what: "NSID",
    query: { edns: { options: [option(nsid)] } },
    dig: "+edns=0 +nocookie +nsid",
    kdig: "+edns=0 +nsid",
    expected: { ...soa, edns: { options: [nsid] } },
  },
  {
    what: "COOKIE",
    query: { edns: { options: [option(cookie, "0102030405060708")] } },
    dig: "+edns=0 +cookie",
    kdig: "+edns=0 +cookie",
    expected: { ...soa, edns: { options: [cookie] } },
  },
  {
    what: "keepalive",
    query: { edns: { options: [option(keepalive)] } },
    dig: "+edns=0 +nocookie +keepalive",
    kdig: "+edns=0 +ednsopt=11",
    expected: { ...soa, edns: { options: { udp: [], tcp: [keepalive] } } },
  },
  {
    what: "padding, without encryption",
    query: { edns: { options: [option(padding, "0000")] } },
    dig: "+edns=0 +nocookie +padding=64",
    kdig: "+edns=0 +padding=64",
    expected: { ...soa, edns: {} },
  },
  {
    what: "ZONEVERSION",
    query: { edns: { options: [option(zoneVersion)] } },
    dig: "+edns=0 +nocookie +ednsopt=19",
    kdig: "+edns=0 +ednsopt=19",
    expected: { ...soa, edns: { options: [zoneVersion] } },
  },
  {
    what: "EDNS, a name that is not there",
    query: { name: "nosuch.example.com", edns: {} },
    dig: "+edns=0 +nocookie nosuch.example.com SOA",
    kdig: "+edns=0 nosuch.example.com SOA",
    expected: { rcode: RCODE.NXDOMAIN, authority: 1, aa: true, edns: {} },
  },
  {
    what: "EDNS, a name of somebody else",
    query: { name: "example.org", edns: {} },
    dig: "+edns=0 +nocookie example.org SOA",
    kdig: "+edns=0 example.org SOA",
    expected: { rcode: RCODE.REFUSED, edns: { options: [15] } },
  },
];
