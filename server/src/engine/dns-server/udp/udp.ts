import { networkInterfaces } from "node:os";
import type { AnswerQuery, OnError } from "../answer-query.ts";
import { openBatched } from "./udp-batch.ts";
import { openDgram } from "./udp-dgram.ts";
import type { UdpSocket } from "./udp-socket.ts";

/** Room for a burst while the event loop is busy. The kernel may give less. */
const receiveBufferBytes = 4 * 1024 * 1024;
/** Answers that may be under way at once where `answer` has to wait for something; more are dropped, and the client asks again. */
const pendingMax = 10_000;

/** How datagrams are taken: many with one system call where the platform can, or one by one. */
export type UdpMeans = "batched-if-possible" | "one-by-one";

/**
 * Answers datagrams on one address. A reply has to leave from the address that was asked (RFC 2181 §4). A socket bound to all addresses knows
 * which one that was where many datagrams are taken with one system call; one by one it does not, so there each address that the machine has
 * now gets a socket of its own beside it.
 */
export async function listenUdp(
  host: string,
  port: number,
  means: UdpMeans,
  answer: AnswerQuery,
  onError: OnError,
): Promise<UdpSocket> {
  const shared = host === "0.0.0.0" || host === "::";
  const family = host.includes(":") ? 6 : 4;
  const batched = means === "batched-if-possible" ? await openBatched() : undefined;
  const open = (address: string): Promise<UdpSocket> => {
    const scoped = address.includes("%"); // the one form that only node:dgram knows how to bind
    const opener = batched && !scoped ? batched : openDgram;
    return opener({ host: address, family, port, shared, receiveBufferBytes, pendingMax }, answer, onError);
  };
  const sockets = [await open(host)];
  for (const address of shared && !batched ? localAddresses(family) : []) {
    // An address that is just going or coming is left to the socket for all.
    const socket = await open(address).catch(() => undefined);
    if (socket) sockets.push(socket);
  }
  return {
    close: async () => {
      await Promise.all(sockets.map((socket) => socket.close()));
    },
  };
}

const localAddresses = (family: 4 | 6): string[] =>
  Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
    addresses
      .filter((address) => address.family === `IPv${family}`)
      .map(({ address, scopeid }) => (scopeid ? `${address}%${name}` : address)),
  );
