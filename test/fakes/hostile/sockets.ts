import { createSocket, type Socket } from "node:dgram";
import { createServer, type Server, type Socket as Connection } from "node:net";
import { setImmediate, setTimeout } from "node:timers/promises";
import type { Reply, Sent } from "./behaviour.ts";

export type Arrived = { bytes: Uint8Array; address: string; transport: "udp" | "tcp" };
type Sockets = { port: number; close(): Promise<void> };

/** Listens on one port of every address; sends what `reply` says, when and in the pieces it says. */
export async function listen(
  addresses: { both: readonly string[]; udpOnly: readonly string[]; elsewhere: string },
  reply: (arrived: Arrived) => Reply,
): Promise<Sockets> {
  const ending = new AbortController();
  const connections = new Set<Connection>();
  const servers: Server[] = [];
  const sockets: Socket[] = [];
  let port = 0;
  const elsewhere = await bound(createSocket("udp4"), 0, addresses.elsewhere);
  sockets.push(elsewhere);

  for (const address of addresses.both) {
    const server = createServer((connection) => {
      connections.add(connection);
      connection.on("close", () => connections.delete(connection));
      connection.on("error", () => connection.destroy());
      let received = Buffer.alloc(0);
      connection.on("data", (chunk) => {
        received = Buffer.concat([received, chunk]);
        while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
          const end = 2 + received.readUInt16BE(0);
          const bytes = received.subarray(2, end);
          received = received.subarray(end);
          void overTcp(connection, reply({ bytes, address, transport: "tcp" }), ending.signal);
        }
      });
    });
    await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, address, resolve));
    const at = server.address();
    port = typeof at === "object" && at !== null ? at.port : 0;
    servers.push(server);
  }
  for (const address of [...addresses.both, ...addresses.udpOnly]) {
    const socket = await bound(createSocket("udp4"), port, address);
    sockets.push(socket);
    socket.on("message", (bytes, from) => {
      for (const sent of reply({ bytes, address, transport: "udp" })) {
        if (sent === "hang-up") continue;
        const through = sent.from === "elsewhere" ? elsewhere : socket;
        void later(sent, ending.signal).then((open) => open && through.send(sent.octets, from.port, from.address));
      }
    });
  }
  return {
    port,
    close: async () => {
      ending.abort();
      for (const connection of connections) connection.destroy();
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
      await Promise.all(sockets.map((socket) => new Promise<void>((resolve) => socket.close(resolve))));
    },
  };
}

const bound = (socket: Socket, port: number, address: string): Promise<Socket> =>
  new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(port, address, () => resolve(socket));
  });

/** Waits as long as the reply is late; false when the server was closed meanwhile. */
async function later(sent: Exclude<Sent, "hang-up">, signal: AbortSignal): Promise<boolean> {
  if (sent.afterMs === undefined) return true;
  return setTimeout(sent.afterMs, true, { signal, ref: false }).catch(() => false);
}

async function overTcp(connection: Connection, reply: Reply, signal: AbortSignal): Promise<void> {
  for (const sent of reply) {
    if (sent === "hang-up") {
      connection.end();
      return;
    }
    if (!(await later(sent, signal))) return;
    const frame = Buffer.alloc(2 + sent.octets.length);
    frame.writeUInt16BE(sent.octets.length);
    frame.set(sent.octets, 2);
    if (sent.pace === undefined || sent.pace === "half") {
      connection.write(sent.pace === "half" ? frame.subarray(0, frame.length >> 1) : frame);
      continue;
    }
    const end = sent.pace === "endless" ? frame.length - 1 : frame.length;
    for (let at = 0; at < end && !connection.destroyed && !signal.aborted; at++) {
      connection.write(frame.subarray(at, at + 1));
      await setImmediate();
    }
  }
}
