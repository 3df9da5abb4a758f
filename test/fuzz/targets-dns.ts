import { parseMessage, type AnswerOptions, type ZoneSet } from "chancery/dns";
import { octetsOf, octetText } from "chancery/mail";
import { vectorFiles } from "../../protocol/vectors/dns/cases.ts";
import type { Via } from "../../server/src/engine/dns-server/answer-query.ts";
import { createResponder } from "../../server/src/engine/dns-server/respond.ts";
import { demand, type Target } from "./target.ts";

const files = vectorFiles();
const client = { from: "192.0.2.9", octets: Uint8Array.of(192, 0, 2, 9) };
const vias: readonly Via[] = [
  { transport: "udp", ...client },
  { transport: "tcp", ...client },
];

type Responder = ReturnType<typeof createResponder>;
const responderOf = (zones: ZoneSet, { nsid, cookies, anyOverTcp }: AnswerOptions): Responder => {
  let count = 0;
  return createResponder({
    served: () => ({ zones, history: () => [] }),
    now: () => 1_559_731_985,
    nsid: nsid ?? new Uint8Array(128).fill(110),
    ...(cookies && { cookies: { secrets: cookies.secrets, now: () => cookies.now } }),
    ...(anyOverTcp && { anyOverTcp }),
    limiter: { judge: () => (++count % 3 === 0 ? "slip" : "send") },
  });
};
const responders = files.map(({ zones, options }) => responderOf(zones, options));

/** Throws when a reply is not what its query allows. */
export function checkReply(query: Uint8Array, reply: Uint8Array | undefined, transport: "udp" | "tcp"): void {
  const isQuery = query.length >= 12 && (query[2]! & 0x80) === 0;
  demand(isQuery === (reply !== undefined), isQuery ? "silence for a query" : "a reply to what is no query");
  if (!reply) return;
  demand(reply.length >= 12 && reply[0] === query[0] && reply[1] === query[1], "another id");
  demand((reply[2]! & 0xf9) === ((query[2]! & 0x79) | 0x80), "another opcode or RD, or no response");
  demand((reply[3]! & 0xf0) === 0, "RA, AD, CD or the reserved bit");
  const message = parseMessage(reply);
  demand(message.ok, "a reply that cannot be read");
  const asked = parseMessage(query);
  const clientMax = asked.ok && asked.value.edns ? asked.value.edns.udpSize : 512;
  demand(transport === "tcp" || reply.length <= Math.min(1232, Math.max(512, clientMax)), "a datagram over its size");
  demand(reply[4] === 0 && reply[5]! <= 1, "more than one question");
  // Read or not, a question comes back in the octets in which it came.
  const end = 12 + questionOctets(reply);
  demand(Buffer.compare(reply.subarray(12, end), query.subarray(12, end)) === 0, "another question");
  if (asked.ok && asked.value.questions.length === 1 && !hasPointer(query))
    demand(message.value.questions.length === 1, "no question");
}

/** Of a reply that can be read, whose question is uncompressed as ours are. */
function questionOctets(reply: Uint8Array): number {
  if (reply[5] === 0) return 0;
  let at = 12;
  while (reply[at] !== 0) at += reply[at]! + 1;
  return at + 5 - 12;
}

/** A question is no place for a compression pointer, though it can be read. */
function hasPointer(query: Uint8Array): boolean {
  let at = 12;
  while (query[at] !== 0 && query[at]! < 0xc0) at += query[at]! + 1;
  return query[at] !== 0;
}

/** Queries through all of the name server but its sockets: the seeds are the cases of `protocol/vectors/dns`. */
export const dnsQueryTarget: Target = {
  name: "dns-query",
  seeds: files.flatMap(({ cases }) => cases.map(({ query }) => octetText(query))).filter((seed) => seed !== ""),
  words: [
    "\xc0\x0c",
    "\xff\xff",
    "\0\x01",
    "\0\x10",
    "\0\xff",
    "\0\0\x29\x04\xd0\0\0\0\0\0\0",
    "\0\x0a\0\x08ABCDEFGH",
    "\0\x03\0\0",
    "\0\x13\0\0",
    "\x40",
    "\0",
    "\x01a",
    "\x07example\x03com\0",
    "\x02id\x06server\0\0\x10\0\x03",
  ],
  check(input) {
    const query = octetsOf(input);
    const responder = responders[input.length % responders.length]!;
    for (const via of vias) {
      const reply = responder(query, via);
      demand(reply === undefined || reply instanceof Uint8Array, "several messages");
      checkReply(query, reply, via.transport);
    }
  },
};
