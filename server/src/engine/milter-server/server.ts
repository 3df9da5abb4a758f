import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import type { Wanted } from "chancery/milter";
import { type Connection, serveConnection } from "./connection.ts";
import type { Decide, MilterFault } from "./decide.ts";
import { type MilterServerLimits, milterServerLimitsDefault } from "./limits.ts";

export type MilterServer = {
  /** The port that was bound. */
  port: number;
  /** Connections open now. */
  connections(): number;
  /** Takes no more connections, lets messages that are being sent come to their end for a while, closes the others. */
  close(): Promise<void>;
};

export type MilterServerOptions = {
  /** Port 0: any free one. */
  listen: { host: string; port: number };
  /** What is asked of the MTA; see `negotiate`. */
  wanted: Wanted;
  decide: Decide;
  /** Absent: every limit at its default. */
  limits?: Partial<MilterServerLimits>;
  onFault: (fault: MilterFault) => void;
};

/** How long a connection that is refused for want of room has to take notice. */
const refusalSeconds = 1;

/** Serves the milter protocol to MTAs. Rejects when the address cannot be bound. */
export async function startMilterServer(options: MilterServerOptions): Promise<MilterServer> {
  const limits: MilterServerLimits = { ...milterServerLimitsDefault, ...options.limits };
  const open = new Set<Connection>();
  const refused = new Set<Socket>();

  /** An orderly end rather than a reset: MTAs defer on either, but report the first more plainly. */
  function refuse(socket: Socket): void {
    options.onFault({
      kind: "too-many-connections",
      from: `${socket.remoteAddress ?? "unknown"} port ${socket.remotePort ?? 0}`,
      problem: `${limits.connectionsMax} connections are open`,
    });
    refused.add(socket);
    const timer = setTimeout(() => socket.destroy(), refusalSeconds * 1000);
    socket.on("error", () => {});
    socket.on("close", () => {
      clearTimeout(timer);
      refused.delete(socket);
    });
    socket.resume();
    socket.end();
  }

  const server = createServer((socket) => {
    if (open.size >= limits.connectionsMax) return refuse(socket);
    const connection = serveConnection(socket, { ...options, limits });
    open.add(connection);
    void connection.done.finally(() => open.delete(connection));
  });
  server.listen(options.listen);
  await once(server, "listening");
  server.on("error", (error) => options.onFault({ kind: "listener-failed", from: "", problem: error.message }));

  return {
    port: (server.address() as AddressInfo).port,
    connections: () => open.size,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of refused) socket.destroy();
      for (const connection of open) connection.finish();
      const timer = setTimeout(() => {
        for (const connection of open) connection.destroy();
      }, limits.closeGraceSeconds * 1000);
      await Promise.all([closed, ...Array.from(open, (connection) => connection.done)]);
      clearTimeout(timer);
    },
  };
}
