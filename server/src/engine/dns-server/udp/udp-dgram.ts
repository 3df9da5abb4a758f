import { createSocket } from "node:dgram";
import { addressOctets } from "../address-octets.ts";
import type { Reply } from "../answer-query.ts";
import type { OpenUdp } from "./udp-socket.ts";

/** Answers datagrams through `node:dgram`: one system call and one trip through the event loop for each. Runs anywhere. */
export const openDgram: OpenUdp = async (
  { host, family, port, shared, receiveBufferBytes, pendingMax },
  answer,
  onError,
) => {
  const socket = createSocket({
    type: `udp${family}`,
    reuseAddr: shared,
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

  let pending = 0;
  let isOpen = true;
  const send = (reply: Reply, port: number, address: string): void => {
    if (reply instanceof Uint8Array && isOpen) socket.send(reply, port, address);
  };
  socket.on("message", (query, { address, port }) => {
    if (port === 0 || pending >= pendingMax) return; // nobody listens on port 0: such a packet is forged
    const reply = answer(query, { transport: "udp", from: address, octets: addressOctets(address) });
    if (!(reply instanceof Promise)) {
      send(reply, port, address); // several messages are for TCP
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
  return { close: () => new Promise((closed) => void (isOpen ? socket.close(closed) : closed())) };
};
