import { createSocket } from "node:dgram";
import { connect } from "node:net";
import { framed, Framing } from "../../../server/src/engine/dns-server/framing.ts";

type Server = { host: string; port: number };

/** So many are under way at once: less than what the socket's buffer holds. */
const windowMax = 100;
const retrySeconds = 1;
const triesMax = 10;

/** Asks all over UDP, some at a time, each again if nothing comes; gives the replies in the order of the queries. Their ids are set here. */
export async function askOverUdp({ host, port }: Server, queries: readonly Uint8Array[]): Promise<Uint8Array[]> {
  const socket = createSocket({ type: "udp4", recvBufferSize: 4 * 1024 * 1024 });
  await new Promise<void>((bound) => socket.bind(0, bound));
  const replies: Uint8Array[] = [];
  let next = 0;
  let received = 0;
  const sent = new Map<number, number>();
  const send = (index: number): void => {
    const query = queries[index];
    if (query === undefined) return;
    setId(query, index);
    sent.set(index, (sent.get(index) ?? 0) + 1);
    socket.send(query, port, host);
  };
  await new Promise<void>((done, failed) => {
    const retries = setInterval(() => {
      for (const [index, tries] of sent) {
        if (tries > triesMax) failed(new Error(`${host}: no reply to ${Buffer.from(queries[index]!).toString("hex")}`));
        else send(index);
      }
    }, retrySeconds * 1000);
    socket.on("message", (octets) => {
      // The ids go round after 65536 queries, of which only a few are under way.
      const id = octets.readUInt16BE(0);
      const index = [...sent.keys()].find((one) => (one & 0xffff) === id);
      if (index === undefined) return;
      sent.delete(index);
      replies[index] = octets;
      send(next++);
      if (++received < queries.length) return;
      clearInterval(retries);
      done();
    });
    while (next < Math.min(windowMax, queries.length)) send(next++);
  });
  socket.close();
  return replies;
}

/** The same over one TCP connection, pipelined (RFC 7766 §6.2.1.1). */
export async function askOverTcp({ host, port }: Server, queries: readonly Uint8Array[]): Promise<Uint8Array[]> {
  const socket = connect({ host, port, noDelay: true });
  const framing = new Framing();
  const replies: Uint8Array[] = [];
  const waiting = new Map<number, number>();
  let next = 0;
  let received = 0;
  await new Promise<void>((done, failed) => {
    const fill = (): void => {
      socket.cork();
      while (waiting.size < windowMax && next < queries.length) {
        const query = queries[next]!;
        setId(query, next);
        waiting.set(next & 0xffff, next++);
        socket.write(framed(query));
      }
      socket.uncork();
    };
    socket.on("connect", fill);
    socket.on("data", (chunk) => {
      framing.push(chunk);
      for (let reply = framing.next(); reply; reply = framing.next()) {
        const id = (reply[0]! << 8) | reply[1]!;
        replies[waiting.get(id)!] = reply.slice();
        waiting.delete(id);
        if (++received === queries.length) done();
      }
      fill();
    });
    socket.on("error", failed);
    socket.on("close", () => failed(new Error(`${host} closed the connection after ${received} replies`)));
  });
  socket.destroy();
  return replies;
}

function setId(query: Uint8Array, id: number): void {
  query[0] = id >> 8;
  query[1] = id;
}
