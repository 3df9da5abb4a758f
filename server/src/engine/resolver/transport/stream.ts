import { connect } from "node:net";
import { networkFailure, type RawFailure, type RawOptions, type RawReply, type ServerAddress } from "./datagram.ts";

/** Sends one query over a TCP connection of its own: two octets of length, then the message (RFC 7766 §8), in one write. */
export function askOverTcp(server: ServerAddress, query: Uint8Array, options: RawOptions): Promise<RawReply> {
  const { timeoutMs, signal, judge } = options;
  return new Promise((resolve) => {
    const socket = connect({ host: server.address, port: server.port, noDelay: true });
    const received: Uint8Array[] = [];
    let octets = 0;
    let wanted: number | undefined;
    let settled = false;
    const settle = (reply: RawReply): void => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      signal?.removeEventListener("abort", cancel);
      socket.destroy();
      resolve(reply);
    };
    const fail = (failure: RawFailure): void => {
      settle({ result: "failed", failure });
    };
    const cancel = (): void => fail("cancelled");
    const timer = setTimeout(() => fail("timeout"), timeoutMs);
    socket.on("error", (error) => fail(networkFailure(error)));
    socket.on("close", () => fail("network"));
    socket.on("connect", () => socket.write(framed(query)));
    socket.on("data", (chunk: Uint8Array) => {
      received.push(chunk);
      octets += chunk.length;
      if (wanted === undefined && octets >= 2) wanted = 2 + Buffer.concat(received).readUInt16BE(0);
      if (wanted === undefined || octets < wanted) return;
      const bytes = Buffer.concat(received).subarray(2, wanted);
      if (judge(bytes) === "ours") settle({ result: "reply", bytes });
      else fail("distrusted");
    });
    if (signal?.aborted) cancel();
    else signal?.addEventListener("abort", cancel, { once: true });
  });
}

function framed(query: Uint8Array): Uint8Array {
  const frame = new Uint8Array(query.length + 2);
  new DataView(frame.buffer).setUint16(0, query.length);
  frame.set(query, 2);
  return frame;
}
