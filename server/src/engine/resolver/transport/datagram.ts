import { createSocket } from "node:dgram";
import { isIPv6 } from "node:net";

/** One name server process as the network reaches it. `address` is an IPv4 or IPv6 literal. */
export type ServerAddress = { address: string; port: number };

/** What a client makes of one message that reached it: take it, leave it, or leave UDP because somebody plays with us. */
export type ReplyVerdict = "ours" | "not-ours" | "distrust";

export type RawReply = { result: "reply"; bytes: Uint8Array } | { result: "failed"; failure: RawFailure };

/** `no-route`: this machine has no way to such an address (no IPv6), which says nothing about the server. */
export type RawFailure = "timeout" | "network" | "no-route" | "distrusted" | "cancelled";

const noRouteCodes: readonly (string | undefined)[] = ["ENETUNREACH", "EADDRNOTAVAIL", "EAFNOSUPPORT"];

export const networkFailure = (error: NodeJS.ErrnoException): RawFailure =>
  noRouteCodes.includes(error.code) ? "no-route" : "network";

export type RawOptions = {
  timeoutMs: number;
  signal: AbortSignal | undefined;
  judge: (reply: Uint8Array) => ReplyVerdict;
};

/** One query to one server, and what came back. Never rejects. */
export type AskServer = (server: ServerAddress, query: Uint8Array, options: RawOptions) => Promise<RawReply>;

/** So many strange replies to one query mean that somebody is guessing (RFC 5452 §9): the question then goes over TCP. */
export const strangeRepliesMax = 16;

/**
 * Sends one query in a datagram from a socket of its own, so that the kernel picks an unpredictable source port and, the
 * socket being connected, drops what comes from other addresses (RFC 5452 §4, §9). Waits past replies that are not ours.
 */
export function askOverUdp(server: ServerAddress, query: Uint8Array, options: RawOptions): Promise<RawReply> {
  const { timeoutMs, signal, judge } = options;
  return new Promise((resolve) => {
    const socket = createSocket(isIPv6(server.address) ? "udp6" : "udp4");
    let strangeReplies = 0;
    let settled = false;
    const settle = (reply: RawReply): void => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      signal?.removeEventListener("abort", cancel);
      socket.close();
      resolve(reply);
    };
    const fail = (failure: RawFailure): void => {
      settle({ result: "failed", failure });
    };
    const cancel = (): void => fail("cancelled");
    const timer = setTimeout(() => fail("timeout"), timeoutMs);
    socket.on("error", (error) => fail(networkFailure(error)));
    socket.on("message", (bytes) => {
      const verdict = judge(bytes);
      if (verdict === "ours") settle({ result: "reply", bytes });
      else if (verdict === "distrust" || ++strangeReplies >= strangeRepliesMax) fail("distrusted");
    });
    if (signal?.aborted) {
      cancel();
      return;
    }
    signal?.addEventListener("abort", cancel, { once: true });
    // Addresses are literals, so nothing is looked up here; an unreachable network shows as an error of connect or send.
    socket.connect(server.port, server.address, (error?: Error) => {
      if (settled) return;
      if (error) fail(networkFailure(error));
      else socket.send(query, (problem) => problem && fail(networkFailure(problem)));
    });
  });
}
