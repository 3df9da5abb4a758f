// Mutated packets over real sockets: each reply comes from the address that was asked, and to the one who asked.
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { octetsOf } from "chancery/mail";
import { zoneSet } from "chancery/dns";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createResponder } from "../../server/src/engine/dns-server/respond.ts";
import { startDnsServer, type DnsServer } from "../../server/src/engine/dns-server/server.ts";
import { vectorFiles } from "../../protocol/vectors/dns/cases.ts";
import { inputOf } from "../fuzz/fuzz.ts";
import { checkReply, dnsQueryTarget } from "../fuzz/targets-dns.ts";

const asked = ["127.54.17.81", "127.54.17.82", "127.54.17.83"];
const askers = ["127.0.0.1", "127.54.17.91", "127.54.17.92", "127.54.17.92", "127.54.17.92"];
const packets = 6000;
/** Packets sent before the sockets are looked after again: less than what their buffers hold. */
const burst = 100;

/** Mutated packets with an id that says which one it is; those too short to have one stay as they are. */
const queries = Array.from({ length: packets }, (_, index) => {
  const query = octetsOf(inputOf(dnsQueryTarget, 7, index)).slice(0, 4096);
  if (query.length < 2) return query;
  query[0] = index >> 8;
  query[1] = index;
  return query;
});

type Asker = { socket: Socket; replies: { octets: Uint8Array; from: RemoteInfo }[] };
async function openAsker(address: string): Promise<Asker> {
  const socket = createSocket({ type: "udp4", recvBufferSize: 4 * 1024 * 1024 }).bind(0, address);
  const replies: Asker["replies"] = [];
  socket.on("message", (octets, from) => replies.push({ octets, from }));
  await once(socket, "listening");
  return { socket, replies };
}

describe.each(["batched-if-possible", "one-by-one"] as const)("datagrams, %s", (udp) => {
  let server: DnsServer;
  let clients: Asker[];
  beforeAll(async () => {
    const zones = vectorFiles().find(({ file }) => file === "names.txt")?.zones ?? zoneSet([]);
    server = await startDnsServer({
      listen: asked.map((host) => ({ host, port: 0 })),
      udp,
      answer: createResponder({ served: () => ({ zones, history: () => [] }) }),
    });
    clients = await Promise.all(askers.map(openAsker));
  });
  afterAll(async () => {
    for (const { socket } of clients) socket.close();
    await server.close();
  });

  test(`DNS-A-17 DNS-A-02 ${packets} mutated packets from ${askers.length} sockets to ${asked.length} addresses`, async () => {
    for (const [index, query] of queries.entries()) {
      clients[index % askers.length]!.socket.send(query, server.port, asked[index % asked.length]);
      if (index % burst === 0) await sleep(5);
    }
    await sleep(500);
    const isAnswered = (query: Uint8Array): boolean => query.length >= 12 && (query[2]! & 0x80) === 0;
    for (const [client, { replies }] of clients.entries()) {
      const expected = queries.flatMap((query, index) =>
        index % askers.length === client && isAnswered(query) ? [index] : [],
      );
      const found = replies.map(({ octets }) => (octets[0]! << 8) | octets[1]!).toSorted((a, b) => a - b);
      expect(found).toEqual(expected);
      for (const { octets, from } of replies) {
        const index = (octets[0]! << 8) | octets[1]!;
        expect([from.address, from.port]).toEqual([asked[index % asked.length], server.port]);
        checkReply(queries[index]!, octets, "udp");
      }
    }
  });
});
