import { randomInt } from "node:crypto";
import { isIPv4 } from "node:net";
import { loadLibc, type Libc } from "../../dns-server/udp/udp-libc.ts";
import { BatchedSocket } from "./batched-socket.ts";
import { askOverUdp, strangeRepliesMax, type AskServer, type RawOptions, type RawReply } from "./datagram.ts";

/** Sockets, each on a port of its own. Which one asks is as random as the identifier (RFC 5452 §9.2). */
const socketsMax = 32;
/** After so many questions a socket takes another port: a server that sees our ports does not know them for long. */
const questionsPerPort = 10_000;

type Waiting = {
  address: number;
  port: number;
  strangeReplies: number;
  options: RawOptions;
  settle: (reply: RawReply) => void;
};

/**
 * `askOverUdp` for who asks thousands of questions a second: many at once over a few sockets, many datagrams a system call.
 * What a reply has to repeat stays the same: identifier, port, address, question, letters (RFC 5452 §9.1).
 */
export type SocketPool = { ask: AskServer; close(): void };

/** Where the platform has no batched sockets, and for servers at IPv6 addresses, every question has a socket of its own. */
export async function openSocketPool(): Promise<SocketPool> {
  const libc = await loadLibc();
  if (libc === undefined) return { ask: askOverUdp, close: () => {} };
  const asking = Array.from({ length: socketsMax }, () => new PoolSocket(libc));
  return {
    ask: (server, query, options) => {
      const free = isIPv4(server.address) ? freeSocket(asking, query) : undefined;
      return free
        ? free.ask(addressNumber(server.address), server.port, query, options)
        : askOverUdp(server, query, options);
    },
    close: () => {
      for (const socket of asking) socket.close();
    },
  };
}

/** A random socket on which nothing waits under the identifier of the query; undefined when a few tries find none. */
function freeSocket(sockets: readonly PoolSocket[], query: Uint8Array): PoolSocket | undefined {
  for (let tries = 0; tries < 4; tries++) {
    const socket = sockets[randomInt(sockets.length)];
    if (socket?.isFree(idOf(query))) return socket;
  }
  return undefined;
}

const idOf = (message: Uint8Array): number => ((message[0] ?? 0) << 8) | (message[1] ?? 0);

function addressNumber(address: string): number {
  let number = 0;
  for (const part of address.split(".")) number = number * 256 + Number(part);
  return number;
}

class PoolSocket {
  readonly #socket: BatchedSocket;
  readonly #waiting = new Map<number, Waiting>();
  #questions = 0;

  constructor(libc: Libc) {
    this.#socket = new BatchedSocket(libc, (octets, address, port) => this.#take(octets, address, port));
  }

  /** One that is due for another port takes nothing new until its questions are done. */
  isFree(id: number): boolean {
    if (this.#questions < questionsPerPort) return !this.#waiting.has(id);
    if (this.#waiting.size > 0) return false;
    this.#questions = 0;
    this.#socket.open();
    return true;
  }

  ask(address: number, port: number, query: Uint8Array, options: RawOptions): Promise<RawReply> {
    const { timeoutMs, signal } = options;
    const id = idOf(query);
    return new Promise((resolve) => {
      const settle = (reply: RawReply): void => {
        if (!this.#waiting.delete(id)) return;
        clearTimeout(timer);
        signal?.removeEventListener("abort", cancel);
        resolve(reply);
      };
      const cancel = (): void => settle({ result: "failed", failure: "cancelled" });
      const timer = setTimeout(() => settle({ result: "failed", failure: "timeout" }), timeoutMs);
      this.#waiting.set(id, { address, port, strangeReplies: 0, options, settle });
      this.#questions++;
      if (signal?.aborted) cancel();
      else if (!this.#socket.send(query, address, port)) settle({ result: "failed", failure: "network" });
      else signal?.addEventListener("abort", cancel, { once: true });
    });
  }

  close(): void {
    for (const { settle } of this.#waiting.values()) settle({ result: "failed", failure: "cancelled" });
    this.#socket.close();
  }

  #take(octets: Uint8Array, address: number, port: number): void {
    const waiting = this.#waiting.get(idOf(octets));
    const asked = waiting?.address === address && waiting.port === port ? waiting : undefined;
    const verdict = asked?.options.judge(octets) ?? "not-ours";
    if (verdict === "ours") asked?.settle({ result: "reply", bytes: octets });
    else if (verdict === "distrust") asked?.settle({ result: "failed", failure: "distrusted" });
    else this.#count(address, port);
  }

  /** A guess at one of the questions that wait for this server: after some, none of them is trusted any more. */
  #count(address: number, port: number): void {
    for (const waiting of this.#waiting.values()) {
      if (waiting.address !== address || waiting.port !== port) continue;
      if (++waiting.strangeReplies >= strangeRepliesMax) waiting.settle({ result: "failed", failure: "distrusted" });
    }
  }
}
