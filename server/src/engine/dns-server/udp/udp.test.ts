import { createSocket } from "node:dgram";
import { networkInterfaces } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import type { AnswerQuery } from "../answer-query.ts";
import { addressOctets } from "../address-octets.ts";
import { startDnsServer, type DnsServer } from "../server.ts";
import { openBatched } from "./udp-batch.ts";

const open: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((thing) => thing.close()));
});

/** Sends what was asked back to front; what begins with 0 gets silence. */
const reversed: AnswerQuery = (query) => (query[0] === 0 ? undefined : query.slice().reverse());

/** All replies that come within a time, or as soon as there are `count`. The socket is connected: only the address asked may reply. */
async function ask(port: number, host: string, queries: readonly Uint8Array[], count: number): Promise<string[]> {
  const socket = createSocket({ type: host.includes(":") ? "udp6" : "udp4", recvBufferSize: 4_000_000 });
  open.push({ close: () => new Promise<void>((closed) => void socket.close(closed)) });
  await new Promise<void>((connected) => socket.connect(port, host, connected));
  const replies: string[] = [];
  socket.on("message", (reply) => replies.push(reply.toString("latin1")));
  for (const query of queries) socket.send(query);
  for (let tries = 0; replies.length < count && tries < 200; tries++) await sleep(10);
  if (count === 0) await sleep(100);
  return replies.sort();
}

test("many datagrams a system call can be had here", async () => {
  expect(await openBatched()).toBeDefined();
});

describe.each(["batched-if-possible", "one-by-one"] as const)("datagrams %s", (udp) => {
  const start = async (
    answer: AnswerQuery,
    host = "127.0.0.1",
    onError?: (error: unknown) => void,
  ): Promise<DnsServer> => {
    const server = await startDnsServer({ listen: [{ host, port: 0 }], answer, udp, ...(onError ? { onError } : {}) });
    open.push(server);
    return server;
  };
  const text = (value: string): Uint8Array => Buffer.from(value, "latin1");

  test.each(["127.0.0.1", "::1"])("are answered on %s, and the client's address is told", async (host) => {
    const seen: unknown[] = [];
    const server = await start((query, via) => {
      seen.push(via);
      return reversed(query, via);
    }, host);
    expect(await ask(server.port, host, [text("abc")], 1)).toEqual(["cba"]);
    expect(seen).toMatchObject([{ transport: "udp", from: host, octets: addressOctets(host) }]);
  });

  test("of many clients at once each get their own answer, and silence leaves no gap", async () => {
    const server = await start(reversed);
    const clients = Array.from({ length: 20 }, (_, client) =>
      Array.from({ length: 60 }, (_, n) => `client ${client} asks ${n}`),
    );
    const answers = await Promise.all(
      clients.map((asked) =>
        ask(
          server.port,
          "127.0.0.1",
          asked.map((each, n) => text(n % 3 === 0 ? `\0${each}` : each)),
          40,
        ),
      ),
    );
    for (const [client, asked] of clients.entries()) {
      const expected = asked.filter((_, n) => n % 3 !== 0).map((each) => Buffer.from(each).reverse().toString());
      expect(answers[client]).toEqual(expected.sort());
    }
  });

  test("may be answered later, also when others came between", async () => {
    const server = await start(async (query, via) => {
      await sleep(query[0] === 0x61 ? 60 : 5);
      return reversed(query, via);
    });
    const [first, second] = await Promise.all([
      ask(server.port, "127.0.0.1", [text("a slow one"), text("quick")], 2),
      ask(server.port, "127.0.0.1", [text("another")], 1),
    ]);
    expect(first).toEqual(["eno wols a", "kciuq"]);
    expect(second).toEqual(["rehtona"]);
  });

  test("of 1232 octets go out whole, and one after a longer time comes in whole", async () => {
    const server = await start(() => new Uint8Array(1232).fill(7));
    expect((await ask(server.port, "127.0.0.1", [text("x")], 1))[0]).toHaveLength(1232);
    const echo = await start(reversed);
    expect((await ask(echo.port, "127.0.0.1", [new Uint8Array(1200).fill(1)], 1))[0]).toHaveLength(1200);
    expect(await ask(echo.port, "127.0.0.1", [new Uint8Array(1)], 0)).toEqual([]);
    expect(await ask(echo.port, "127.0.0.1", [text("still there")], 1)).toEqual(["ereht llits"]);
  });

  test("whose answer fails cost one reply", async () => {
    const errors: unknown[] = [];
    const answer: AnswerQuery = async (query, via) =>
      query[0] === 0x61 ? Promise.reject(new Error("planted")) : reversed(query, via);
    const server = await start(answer, "127.0.0.1", (error) => errors.push(error));
    expect(await ask(server.port, "127.0.0.1", [text("a"), text("bc")], 1)).toEqual(["cb"]);
    expect(errors).toEqual([new Error("planted")]);
  });

  test("DNS-A-17 are answered from the address that was asked, whichever of the machine's", async () => {
    const server = await start(reversed, "0.0.0.0");
    const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
    for (const { address } of own.filter(({ family }) => family === "IPv4")) {
      expect(await ask(server.port, address, [text("ab")], 1)).toEqual(["ba"]);
    }
  });

  test("DNS-A-17 over IPv6 are answered from the address that was asked", async () => {
    const server = await start(reversed, "::");
    const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
    for (const { address, scopeid } of own.filter(({ family, scopeid }) => family === "IPv6" && !scopeid)) {
      expect(await ask(server.port, address, [text("ab")], 1), `${address} ${scopeid}`).toEqual(["ba"]);
    }
  });

  test("are not answered any more once the server is closed, and the port is free", async () => {
    const server = await start(reversed);
    await server.close();
    const again = await startDnsServer({ listen: [{ host: "127.0.0.1", port: server.port }], answer: reversed, udp });
    open.push(again);
    expect(await ask(again.port, "127.0.0.1", [text("ab")], 1)).toEqual(["ba"]);
    await expect(
      startDnsServer({ listen: [{ host: "127.0.0.1", port: again.port }], answer: reversed, udp }),
    ).rejects.toMatchObject({ code: "EADDRINUSE" });
  });

  test("on an address that is not the machine's are refused at the start", async () => {
    await expect(start(reversed, "198.51.100.77")).rejects.toMatchObject({ code: "EADDRNOTAVAIL" });
  });
});

test("DNS-A-17 many datagrams a system call are answered from any address of the machine, named or not, at once and later", async () => {
  const answers: AnswerQuery[] = [reversed, async (query) => sleep(20).then(() => query.slice().reverse())];
  for (const answer of answers) {
    const copied: AnswerQuery = (query, via) => answer(query.slice(), via);
    const server = await startDnsServer({ listen: [{ host: "0.0.0.0", port: 0 }], answer: copied });
    open.push(server);
    const hosts = ["127.77.1.2", "127.0.0.1", "127.77.1.3"];
    const replies = await Promise.all(hosts.map((host) => ask(server.port, host, [Buffer.from(`${host} asked`)], 1)));
    expect(replies).toEqual(hosts.map((host) => [Buffer.from(`${host} asked`).reverse().toString()]));
  }
});
