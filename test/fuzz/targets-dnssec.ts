import {
  checkRrset,
  formatMessage,
  newWorkBudget,
  parseMessage,
  parseZoneFile,
  proveAbsence,
  rdataFromText,
  rdataText,
  readDnskey,
  readDs,
  readRrsig,
  TYPE,
  type Message,
  type Parsed,
  type ResourceRecord,
} from "chancery/dns";
import { isDeepStrictEqual } from "node:util";
import { octetsOf, octetText } from "chancery/mail";
import { demand, type Target } from "./target.ts";

const now = 1_283_000_000;
/** RFC 6605 §6.1, with denials of every kind beside it. */
const zone = `www 3600 A 192.0.2.1
www 3600 RRSIG A 13 3 3600 20100909100439 20100812100439 55648 @ qx6wLYqmh+l9oCKTN6qIc+bw6ya+KJ8oMz0YP107epXAyGmt+3SNruPFKG7tZoLBLlUzGGus7ZwmwWep666VCw==
@ 3600 DNSKEY 257 3 13 GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQLc8NAA==
@ 3600 DS 55648 13 2 b4c8c1fe2e7477127b27115656ad6256f424625bf5c1e2770ce6d6e37df61d17
a 3600 NSEC *.w A RRSIG NSEC TYPE1234
0p9mhaveqvm6t7vbl5lop2u3t2rp3tom 3600 NSEC3 1 1 12 aabbccdd 2t7b4g4vsa5smi47k61mv5bv1a22bojr MX NS SOA
`;
const parsed = parseZoneFile(zone, { origin: "example.net" });
if (!parsed.ok) throw new Error(parsed.problem);
const [address, , , , ...denials] = parsed.value as [ResourceRecord, ...ResourceRecord[]];
const message = (answers: ResourceRecord[], authority: ResourceRecord[]): Message => ({
  id: 1,
  response: true,
  opcode: 0,
  authoritative: true,
  truncated: false,
  recursionDesired: false,
  recursionAvailable: false,
  authenticData: false,
  checkingDisabled: false,
  rcode: 0,
  questions: [{ name: "www.example.net", type: TYPE.A, class: 1 }],
  answers,
  authority,
  additional: [],
});

const readAll = <T>(records: readonly ResourceRecord[], type: number, read: (data: Uint8Array) => Parsed<T>): T[] =>
  records.flatMap((record) => {
    const value = record.type === type ? read(record.data) : undefined;
    return value?.ok ? [value.value] : [];
  });

/** Signatures, keys and denials of a reply, as a validator goes through them. */
export const dnssecTarget: Target = {
  name: "dnssec",
  share: 2,
  seeds: [octetText(formatMessage(message(parsed.value, []))), octetText(formatMessage(message([address], denials)))],
  words: [
    "\x00\x2e",
    "\x00\x2f",
    "\x00\x32",
    "\x00\x30",
    "\x01\x00",
    "\x00\x01\x40",
    "\xff\xff",
    "\x14",
    "\x0d",
    "\xc0\x0c",
  ],
  check(input) {
    const reply = parseMessage(octetsOf(input));
    if (!reply.ok) return;
    const records = [...reply.value.answers, ...reply.value.authority];
    const keys = readAll(records, TYPE.DNSKEY, readDnskey);
    const rrsigs = readAll(records, TYPE.RRSIG, readRrsig);
    readAll(records, TYPE.DS, readDs);
    const budget = newWorkBudget();
    for (const { name, type } of records.slice(0, 8)) {
      const set = records.filter((record) => record.name === name && record.type === type);
      const check = checkRrset(set, rrsigs, { apex: "example.net", keys }, now, budget);
      demand(check.result !== "signed" || keys.some(({ keyTag }) => keyTag === check.rrsig.keyTag), "signed by nobody");
      proveAbsence({ name, type }, "example.net", records, budget);
      proveAbsence({ name, type, closestEncloser: "example.net" }, "example.net", records, budget);
    }
    for (const { type, data } of records.slice(0, 8)) {
      const again = rdataFromText(type, rdataText(type, data), ".");
      demand(!again.ok || isDeepStrictEqual([...again.value], [...data]), "text that says other octets");
    }
  },
};
