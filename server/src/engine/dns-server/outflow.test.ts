import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import type { AnswerQuery } from "./answer-query.ts";
import { framed, Framing } from "./framing.ts";
import { startDnsServer, type DnsServer, type DnsServerOptions } from "./server.ts";

const messageOctets = 10_000;

/** A reply of so many messages, and what became of it. */
function longReply(count: number) {
  const seen = { made: 0, end: "open" as "open" | "taken" | "dropped" };
  const messages: IterableIterator<Uint8Array> = {
    [Symbol.iterator]: () => messages,
    next: () => {
      if (seen.made === count) {
        seen.end = "taken";
        return { done: true, value: undefined };
      }
      const message = new Uint8Array(messageOctets);
      message[0] = seen.made >> 8;
      message[1] = seen.made++;
      return { done: false, value: message };
    },
    return: () => {
      seen.end = "dropped";
      return { done: true, value: undefined };
    },
  };
  return { seen, messages };
}

const open: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((thing) => thing.close()));
});
const errors: unknown[] = [];
async function start(answer: AnswerQuery, limits: DnsServerOptions["limits"] = {}): Promise<DnsServer> {
  const onError = (error: unknown): unknown => errors.push(error);
  const server = await startDnsServer({ listen: [{ host: "127.0.0.1", port: 0 }], answer, limits, onError });
  open.push(server);
  return server;
}
async function dial(port: number, ...queries: Uint8Array[]): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1" });
  open.push({ close: async () => socket.destroy() });
  socket.on("error", () => {});
  await once(socket, "connect");
  for (const query of queries) socket.write(framed(query));
  return socket;
}
/** The first octets of messages as they come. */
function read(socket: Socket): number[] {
  const framing = new Framing();
  const ids: number[] = [];
  socket.on("data", (chunk: Uint8Array) => {
    framing.push(chunk);
    for (let next = framing.next(); next; next = framing.next()) ids.push((next[0]! << 8) | next[1]!);
  });
  return ids;
}
const until = async (condition: () => boolean): Promise<void> => {
  for (let tries = 0; !condition() && tries < 500; tries++) await sleep(10);
  expect(condition()).toBe(true);
};
const query = (id: number): Uint8Array => Uint8Array.of(0xff, id);

test("a reply of many messages comes whole and in order, and the next query after it is answered", async () => {
  const { seen, messages } = longReply(300);
  const server = await start((bytes) => (bytes[1] === 1 ? messages : bytes));
  const ids = read(await dial(server.port, query(1), query(2)));
  await until(() => ids.length === 301);
  expect(ids).toEqual([...Array.from({ length: 300 }, (_, index) => index), 0xff02]);
  expect(seen.end).toBe("taken");
});

test("a client that reads nothing makes us hold little, and holds up nobody", async () => {
  const { seen, messages } = longReply(100_000);
  const server = await start((bytes) => (bytes[1] === 1 ? messages : bytes));
  const slow = await dial(server.port, query(1), query(2));
  slow.pause();
  let before = -1;
  while (seen.made !== before) {
    before = seen.made;
    await sleep(100);
  }
  const ids = read(await dial(server.port, query(3)));
  await until(() => ids.length === 1);
  expect(seen.made * messageOctets).toBeLessThan(20e6); // what the two kernels hold, and not the gigabyte
  slow.destroy();
  await until(() => seen.end === "dropped");
});

test("a client that takes nothing for long is gone, one that is slow is served", async () => {
  const stuck = longReply(100_000);
  const slow = longReply(60);
  const server = await start((bytes) => (bytes[1] === 1 ? stuck.messages : slow.messages), {
    stuckSeconds: 0.5,
    idleSeconds: 0.1,
  });
  const dead = await dial(server.port, query(1));
  dead.pause();
  const reader = await dial(server.port, query(2));
  const ids = read(reader);
  const trickle = setInterval(() => (reader.isPaused() ? reader.resume() : reader.pause()), 20);
  await until(() => stuck.seen.end === "dropped");
  await until(() => ids.length === 60);
  clearInterval(trickle);
  expect(slow.seen.end).toBe("taken");
});

test("many at once take turns, and a query between them is answered", async () => {
  const replies = Array.from({ length: 20 }, () => longReply(400));
  const server = await start((bytes) => (bytes[1]! < 20 ? replies[bytes[1]!]!.messages : bytes));
  const asker = await dial(server.port);
  const asked = read(asker);
  const all = await Promise.all(replies.map(async (_, index) => read(await dial(server.port, query(index)))));
  asker.write(framed(query(200)));
  await until(() => asked.length === 1);
  expect(all.every((ids) => ids.length === 400)).toBe(false);
  await until(() => all.every((ids) => ids.length === 400));
});

test("a reply that takes longer than any should is ended", async () => {
  const { seen, messages } = longReply(1_000_000);
  const server = await start(() => messages, { replySecondsMax: 0.3 });
  const ids = read(await dial(server.port, query(1)));
  await until(() => seen.end === "dropped");
  expect(ids.length).toBeGreaterThan(0);
});

test("a reply that cannot go on ends the connection, so that nobody takes it for whole", async () => {
  const server = await start(function* () {
    yield Uint8Array.of(0, 1);
    throw new RangeError("a record that no message can hold");
  });
  const socket = await dial(server.port, query(1));
  read(socket);
  await once(socket, "close");
  expect(errors).toMatchObject([{ message: "a record that no message can hold" }]);
});

test("a reply of several messages over UDP is none", async () => {
  const { seen, messages } = longReply(3);
  const server = await start(() => messages);
  const { createSocket } = await import("node:dgram");
  const socket = createSocket("udp4");
  open.push({ close: () => new Promise<void>((closed) => void socket.close(closed)) });
  let came = 0;
  socket.on("message", () => came++);
  socket.send(query(1), server.port, "127.0.0.1");
  await sleep(200);
  expect([came, seen.made]).toEqual([0, 0]);
});
