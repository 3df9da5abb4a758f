import { TYPE, txtData, txtDataOf } from "chancery/dns";
import { replyTo } from "../../../server/src/engine/resolver/test-authority.ts";
import {
  atKey,
  forgedText,
  handmade,
  keyText,
  pointerToQuestion,
  recordOf,
  send,
  type Behaviour,
} from "./behaviour.ts";

const octets = (count: number, value: number): Uint8Array => new Uint8Array(count).fill(value);
const strings = (count: number, length: number): Uint8Array =>
  txtDataOf(Array.from({ length: count }, () => octets(length, 120)));
const answering = (records: (name: string) => ReturnType<typeof recordOf>[]): NonNullable<Behaviour["reply"]> =>
  atKey(({ query, name, transport }) => {
    const reply = replyTo(query, { answers: records(name) });
    const size = reply.answers.reduce((sum, { data }) => sum + data.length + 12, 0);
    return send(transport === "udp" && size > 1100 ? replyTo(query, { truncated: true }) : reply);
  });
const withTtl = (ttl: number): NonNullable<Behaviour["reply"]> =>
  atKey(({ query, name }) => send(replyTo(query, { answers: [recordOf(name, TYPE.TXT, txtData(keyText), ttl)] })));

/** The fixed part of a TXT record whose owner is the question's name: type, class, TTL, then the given RDLENGTH. */
const txtHead = (length: number): number[] => [0, 16, 0, 1, 0, 0, 1, 44, length >> 8, length & 0xff];
const key = [...txtData(keyText)];
const wholeRecord = [...pointerToQuestion, ...txtHead(key.length), ...key];
const crafted = (records: number, body: (questionEnd: number) => number[]): NonNullable<Behaviour["reply"]> =>
  atKey((seen) => handmade(seen, records, (at) => Uint8Array.from(body(at))));
const labels = (count: number, length: number): number[] =>
  Array.from({ length: count }, () => [length, ...octets(length, 97)]).flat();

/** Contents: too large, too many, malformed on the wire, odd times to live, signatures. */
export const contents = {
  "txt-64k": {
    does: "has 64 kB in one record",
    reply: answering((name) => [recordOf(name, TYPE.TXT, strings(250, 255))]),
  },
  "txt-400-strings": {
    does: "has a record of 400 strings",
    reply: answering((name) => [recordOf(name, TYPE.TXT, strings(400, 100))]),
  },
  "txt-100-records": {
    does: "has a hundred records",
    reply: answering((name) =>
      Array.from({ length: 100 }, (_, index) => recordOf(name, TYPE.TXT, txtData(`r${index}`))),
    ),
  },
  "two-txt": {
    does: "has two keys at one selector",
    reply: answering((name) => [keyText, forgedText].map((text) => recordOf(name, TYPE.TXT, txtData(text)))),
  },
  "txt-empty": { does: "has one empty string", reply: answering((name) => [recordOf(name, TYPE.TXT, txtData(""))]) },
  "ttl-0": { does: "gives a TTL of 0", reply: withTtl(0) },
  "ttl-max": { does: "gives a TTL of 2^31-1", reply: withTtl(0x7fff_ffff) },
  "ttl-negative": { does: "gives a TTL with its top bit set", reply: withTtl(0xffff_ffff) },
  "class-chaos": {
    does: "answers in another class",
    reply: atKey(({ query, name }) =>
      send(replyTo(query, { answers: [{ ...recordOf(name, TYPE.TXT, txtData(keyText)), class: 3 }] })),
    ),
  },
  "name-too-long": {
    does: "gives an owner of more than 255 octets",
    reply: crafted(1, () => [...labels(5, 63), 0, ...txtHead(key.length), ...key]),
  },
  "label-too-long": {
    does: "gives an owner with a label of a reserved kind, where lengths over 63 would be",
    reply: crafted(1, () => [0x7f, ...octets(127, 97), 0, ...txtHead(key.length), ...key]),
  },
  "pointer-loop": {
    does: "gives an owner that points at itself",
    reply: crafted(1, (at) => [0xc0 | (at >> 8), at & 0xff, ...txtHead(key.length), ...key]),
  },
  "pointer-forward": {
    does: "gives an owner that points behind itself",
    reply: crafted(1, (at) => [0xc0 | (at >> 8), (at + 12) & 0xff, ...txtHead(key.length), ...key]),
  },
  "counts-high": { does: "announces 65535 records and has one", reply: crafted(0xffff, () => wholeRecord) },
  "counts-low": { does: "announces no record and has one", reply: crafted(0, () => wholeRecord) },
  "rdlength-too-long": {
    does: "announces more content than the message has",
    reply: crafted(1, () => [...pointerToQuestion, ...txtHead(key.length + 40), ...key]),
  },
  "string-too-long": {
    does: "has a string that is longer than its record",
    reply: crafted(1, () => [...pointerToQuestion, ...txtHead(5), 200, 118, 61, 49, 59]),
  },
  garbage: { does: "sends what is no record behind the question", reply: crafted(3, () => [...octets(200, 0xee)]) },
  "header-alone": {
    does: "sends a header that says NOERROR, without the question",
    reply: atKey(({ query }) => send(replyTo(query, { questions: [] }))),
  },
  "nothing-at-all": { does: "sends an empty datagram", reply: atKey(() => [{ octets: new Uint8Array(0) }]) },
  "rrsig-bogus": {
    does: "signs its answer with nonsense",
    reply: answering((name) => [
      recordOf(name, TYPE.TXT, txtData(keyText)),
      recordOf(name, TYPE.RRSIG, Uint8Array.from([0, 16, 8, 3, ...octets(14, 1), 0, ...octets(64, 7)])),
    ]),
  },
  "dnskey-huge": {
    does: "has a hundred keys of 4096 bits for DNSSEC",
    reply: ({ query, name, type, transport }, sound) => {
      if (type !== TYPE.DNSKEY) return send(sound);
      if (transport === "udp") return send(replyTo(query, { truncated: true }));
      const answers = Array.from({ length: 100 }, (_, index) =>
        recordOf(name, TYPE.DNSKEY, Uint8Array.from([1, 1, 3, 8, ...octets(512, index)])),
      );
      return send(replyTo(query, { answers }));
    },
  },
} as const satisfies Record<string, Behaviour>;
