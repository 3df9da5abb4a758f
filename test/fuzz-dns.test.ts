// A hundred thousand mutated queries through the name server, and proof that a wrong reply would be seen.
import { expect, test } from "vitest";
import { fuzz } from "./fuzz/fuzz.ts";
import { checkReply, dnsQueryTarget } from "./fuzz/targets-dns.ts";

test("DNS-A-01 DNS-A-02 a hundred thousand mutated queries, over UDP and TCP, get sound replies or none", async () => {
  const { findings } = await fuzz({ targets: [dnsQueryTarget], inputs: 100_000, seed: 1, blockedMsMax: Infinity });
  expect(findings).toEqual([]);
}, 120_000);

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "hex"));
const query = hex("12340100000100000000000003777777076578616d706c6503636f6d0000010001");
const reply = hex("12348500000100000000000003777777076578616d706c6503636f6d0000010001");
const changed = (at: number, octet: number): Uint8Array => reply.with(at, octet);
const long = hex(
  `12348500000100010000000003777777076578616d706c6503636f6d0000010001c00c00100001000000000200${"00".repeat(512)}`,
);

test("a sound reply is", () => expect(() => checkReply(query, reply, "udp")).not.toThrow());

test.each<[string, Uint8Array, Uint8Array | undefined, RegExp]>([
  ["silence", query, undefined, /silence/],
  ["a reply to a response", reply, reply, /what is no query/],
  ["another id", query, changed(0, 0), /another id/],
  ["no QR", query, changed(2, 0x05), /no response/],
  ["another opcode", query, changed(2, 0x8d), /another opcode/],
  ["RA", query, changed(3, 0x80), /RA/],
  ["another question", query, changed(14, 0x57), /another question/],
  ["no question", query, reply.subarray(0, 12).with(5, 0), /no question/],
  ["half of a reply", query, reply.subarray(0, 20), /cannot be read/],
  ["too long a datagram", query, long, /over its size/],
])("%s is seen", (_, asked, replied, reason) => {
  expect(() => checkReply(asked, replied, "udp")).toThrow(reason);
});
