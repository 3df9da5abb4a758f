import { createServer, connect, type Socket } from "node:net";
import { once } from "node:events";

/** A TCP port in front of another, which can be closed: whoever is connected loses the connection, and nobody gets one. */
export type Gate = {
  port: number;
  /** How many octets of what comes back one connection gets; what is more waits. No limit at first. */
  octetsMax: number;
  /** Connections that wait for that reason. */
  waiting: number;
  close(): void;
  open(): void;
  stop(): void;
};

export async function startGate(to: number, host = "127.0.0.1"): Promise<Gate> {
  let isOpen = true;
  const sockets = new Set<Socket>();
  const server = createServer((incoming) => {
    if (!isOpen) return void incoming.destroy();
    const outgoing = connect(to, host);
    let octets = 0;
    outgoing.on("data", (part: Buffer) => {
      octets += part.length;
      if (octets <= gate.octetsMax) return;
      outgoing.pause();
      outgoing.unpipe(incoming);
      gate.waiting += 1;
    });
    for (const [one, other] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      sockets.add(one);
      one.pipe(other);
      one.on("error", () => other.destroy());
      one.on("close", () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const close = (): void => {
    isOpen = false;
    for (const socket of sockets) socket.destroy();
  };
  const gate: Gate = {
    port: address.port,
    octetsMax: Infinity,
    waiting: 0,
    close,
    open: () => void (isOpen = true),
    stop: () => {
      close();
      server.close();
    },
  };
  return gate;
}
