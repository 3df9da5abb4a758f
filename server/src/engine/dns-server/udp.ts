import { createSocket, type Socket } from "node:dgram";
import { networkInterfaces } from "node:os";
import type { AnswerQuery, OnError } from "./answer-query.ts";

/** Room for a burst while the event loop is busy. The kernel may give less. */
const receiveBufferBytes = 4 * 1024 * 1024;
/** Answers that may be under way at once where `answer` has to wait for something; more are dropped, and the client asks again. */
const pendingMax = 10_000;

/**
 * Answers datagrams on one address. A reply has to leave from the address that was asked (RFC 2181 §4), which a socket bound to all
 * addresses does not see to, so there each address of the machine gets a socket of its own beside it.
 */
export async function listenUdp(
  host: string,
  port: number,
  answer: AnswerQuery,
  onError: OnError,
): Promise<{ close(): Promise<void> }> {
  const isWildcard = host === "0.0.0.0" || host === "::";
  const family = host.includes(":") ? 6 : 4;
  const sockets: Socket[] = [];
  let isClosed = false;
  const close = async (): Promise<void> => {
    if (isClosed) return;
    isClosed = true;
    await Promise.all(sockets.map((socket) => new Promise<void>((closed) => void socket.close(closed))));
  };
  sockets.push(await bindSocket(host, family, port, isWildcard));
  for (const address of isWildcard ? localAddresses(family) : []) {
    // An address that is just going or coming is left to the socket for all.
    const socket = await bindSocket(address, family, port, isWildcard).catch(() => undefined);
    if (socket) sockets.push(socket);
  }
  for (const socket of sockets) serve(socket, answer, onError);
  return { close };
}

const localAddresses = (family: 4 | 6): string[] =>
  Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
    addresses
      .filter((address) => address.family === `IPv${family}`)
      .map(({ address, scopeid }) => (scopeid ? `${address}%${name}` : address)),
  );

/** Several sockets share the port only where this server itself binds them all; the TCP listener keeps a second server away. */
async function bindSocket(host: string, family: 4 | 6, port: number, reuseAddr: boolean): Promise<Socket> {
  const socket = createSocket({
    type: `udp${family}`,
    reuseAddr,
    ipv6Only: family === 6,
    recvBufferSize: receiveBufferBytes,
    // Addresses come from the kernel and are no names: without this every reply takes a turn of the event loop to look one up.
    lookup: (address, _, callback) => callback(null, address, family),
  });
  await new Promise<void>((bound, failed) => {
    const giveUp = (error: Error): void => {
      socket.close();
      failed(error);
    };
    socket.once("error", giveUp);
    socket.bind({ address: host, port, exclusive: true }, () => {
      socket.off("error", giveUp);
      bound();
    });
  });
  return socket;
}

function serve(socket: Socket, answer: AnswerQuery, onError: OnError): void {
  let pending = 0;
  let isOpen = true;
  const send = (reply: Uint8Array | undefined, port: number, address: string): void => {
    if (reply && isOpen) socket.send(reply, port, address);
  };
  socket.on("message", (query, { address, port }) => {
    if (port === 0 || pending >= pendingMax) return; // nobody listens on port 0: such a packet is forged
    const reply = answer(query, { transport: "udp", from: address });
    if (!(reply instanceof Promise)) {
      send(reply, port, address);
      return;
    }
    pending++;
    reply
      .then((octets) => send(octets, port, address))
      .catch(onError)
      .finally(() => pending--);
  });
  socket.on("error", onError);
  socket.on("close", () => (isOpen = false));
}
