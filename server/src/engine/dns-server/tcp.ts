import { parseIpv6 } from "chancery/dns";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { serveConnection, type Connection, type ConnectionLimits } from "./connection.ts";
import type { AnswerQuery, OnError } from "./answer-query.ts";

export type TcpLimits = ConnectionLimits & {
  connectionsMax: number;
  /** For one IPv4 address or one IPv6 /64. Loopback is exempt. */
  connectionsPerAddressMax: number;
};

/** Accepts DNS over TCP (RFC 7766) on one address; port 0 takes a free one. */
export async function listenTcp(
  host: string,
  port: number,
  answer: AnswerQuery,
  limits: TcpLimits,
  onError: OnError,
): Promise<{ port: number; close(): Promise<void> }> {
  /** In order of age. */
  const connections = new Map<Socket, Connection>();
  const perAddress = new Map<string, number>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    const from = socket.remoteAddress;
    const place = from === undefined ? undefined : addressGroup(from);
    const count = place === undefined ? 0 : (perAddress.get(place) ?? 0);
    if (from === undefined || count >= limits.connectionsPerAddressMax || !makeRoom()) {
      socket.destroy();
      return;
    }
    if (place !== undefined) perAddress.set(place, count + 1);
    socket.once("close", () => {
      connections.delete(socket);
      if (place === undefined) return;
      const left = (perAddress.get(place) ?? 1) - 1;
      if (left > 0) perAddress.set(place, left);
      else perAddress.delete(place);
    });
    connections.set(socket, serveConnection(socket, from, answer, limits, onError));
  });

  /**
   * When all places are taken the oldest idle connection gives way (RFC 7766 §6.2.3), or else the oldest whose client does not read. Answers
   * whether there is a place.
   */
  const makeRoom = (): boolean => {
    if (connections.size < limits.connectionsMax) return true;
    const socket = oldest("idle") ?? oldest("unread");
    if (!socket) return false;
    connections.delete(socket);
    socket.destroy();
    return true;
  };
  const oldest = (standing: "idle" | "unread"): Socket | undefined => {
    for (const [socket, connection] of connections) if (connection.standing() === standing) return socket;
    return undefined;
  };

  await new Promise<void>((listening, failed) => {
    server.once("error", failed);
    server.listen({ host, port, ipv6Only: true, exclusive: true }, () => {
      server.off("error", failed);
      server.on("error", onError);
      listening();
    });
  });
  return {
    port: (server.address() as AddressInfo).port, // an address of IP, since it listens on one
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        for (const socket of connections.keys()) socket.destroy();
      }),
  };
}

/** Who shares a limit: one IPv4 address, one IPv6 /64; undefined for loopback. */
function addressGroup(address: string): string | undefined {
  if (address.startsWith("127.") || address === "::1") return undefined;
  const octets = address.includes(":") ? parseIpv6(address.replace(/%.*$/, "")) : undefined;
  return octets ? octets.subarray(0, 8).join(".") : address;
}
