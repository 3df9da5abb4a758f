import { tcpIdleSeconds } from "chancery/dns";
import type { AnswerQuery, OnError } from "./answer-query.ts";
import { listenTcp, type TcpLimits } from "./tcp.ts";
import { listenUdp, type UdpMeans } from "./udp/udp.ts";

export type DnsServerOptions = {
  /** Addresses, not names; 0.0.0.0 and :: stand for all. UDP and TCP use the same port. Port 0: a free one, the same for all that say 0. */
  listen: readonly { host: string; port: number }[];
  answer: AnswerQuery;
  /** Absent: 5 s idle, 100,000 queries a connection, 1,000 connections, 50 from one address; transfers 30 s stuck, an hour in all. */
  limits?: Partial<TcpLimits>;
  /** Absent: batched if possible. */
  udp?: UdpMeans;
  /** Told of a socket that fails and of an `answer` that rejects. Absent: such an error ends the program. */
  onError?: OnError;
};

export type DnsServer = { port: number; close(): Promise<void> };

const defaultLimits: TcpLimits = {
  idleSeconds: tcpIdleSeconds,
  queriesMax: 100_000,
  connectionsMax: 1000,
  connectionsPerAddressMax: 50,
  stuckSeconds: 30,
  replySecondsMax: 3600,
};
/** A free TCP port may be taken for UDP; so many are tried. */
const portTriesMax = 20;

/** Listens on UDP and TCP. Resolves when all sockets are bound; rejects, with none left open, when one cannot be. */
export async function startDnsServer(options: DnsServerOptions): Promise<DnsServer> {
  const anyPort = options.listen.some(({ port }) => port === 0);
  for (let left = anyPort ? portTriesMax : 1; ; left--) {
    try {
      return await listenAll(options);
    } catch (error) {
      const isTaken = error instanceof Error && "code" in error && error.code === "EADDRINUSE";
      if (!isTaken || left <= 1) throw error;
    }
  }
}

async function listenAll({
  listen,
  answer,
  limits,
  udp = "batched-if-possible",
  onError = rethrow,
}: DnsServerOptions): Promise<DnsServer> {
  const listeners: { close(): Promise<void> }[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(listeners.map((listener) => listener.close()));
  };
  let freePort = 0;
  let firstPort: number | undefined;
  try {
    for (const { host, port } of listen) {
      const tcp = await listenTcp(host, port || freePort, answer, { ...defaultLimits, ...limits }, onError);
      listeners.push(tcp);
      listeners.push(await listenUdp(host, tcp.port, udp, answer, onError));
      if (port === 0) freePort = tcp.port;
      firstPort ??= tcp.port;
    }
  } catch (error) {
    await close();
    throw error;
  }
  if (firstPort === undefined) throw new TypeError("no address to listen on");
  return { port: firstPort, close };
}

const rethrow: OnError = (error) => {
  throw error;
};
