import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { ACTION, createPacketReader, formatPacket, PROTOCOL } from "chancery/milter";

/** For tests: the MTA's side of a milter connection, strict about every octet that the filter sends. */
export type FakeMta = {
  socket: Socket;
  /** The three numbers and whatever else the filter answered to the negotiation. */
  agreed: { version: number; actions: number; protocol: number };
  send(command: string, payload?: string): void;
  /** The next packet, as command and payload. Rejects when the connection ends instead. */
  reply(): Promise<string>;
  /** Sends and, unless the event needs none by the negotiation, reads exactly one reply. */
  exchange(command: string, payload?: string): Promise<string | undefined>;
  /** A whole message; answers all packets after its end, up to and with the final action. */
  deliver(message?: FakeMessage): Promise<string[]>;
  /** QUIT, then the end of the connection without one octet more. */
  quit(): Promise<void>;
  /** Settles at the end of the connection; rejects when packets came that nobody has read. */
  closed(): Promise<void>;
};

export type FakeMessage = { macros?: string; header?: string[]; body?: string[]; from?: string; last?: string };

const noReply: Record<string, number> = {
  C: PROTOCOL.NR_CONN,
  H: PROTOCOL.NR_HELO,
  M: PROTOCOL.NR_MAIL,
  R: PROTOCOL.NR_RCPT,
  T: PROTOCOL.NR_DATA,
  L: PROTOCOL.NR_HDR,
  B: PROTOCOL.NR_BODY,
  U: PROTOCOL.NR_UNKN,
};
const neverAnswered = ["D", "A", "K"];

export async function connectFakeMta(
  port: number,
  offer: { version?: number; actions?: number; protocol?: number } = {},
): Promise<FakeMta> {
  const { version = 6, actions = 0x1ff, protocol = 0x1f_ffff } = offer;
  const socket = connect({ host: "127.0.0.1", port });
  socket.setNoDelay(true);
  const packets = incomingPackets(socket);
  await once(socket, "connect");

  const send = (command: string, payload = ""): void =>
    void socket.write(formatPacket(command, Buffer.from(payload, "latin1")));
  const reply = packets.next;

  const numbers = Buffer.alloc(12);
  [version, actions, protocol].forEach((number, i) => numbers.writeUInt32BE(number, i * 4));
  send("O", numbers.toString("latin1"));
  const answer = Buffer.from((await reply()).slice(1), "latin1");
  const agreed = { version: answer.readUInt32BE(0), actions: answer.readUInt32BE(4), protocol: answer.readUInt32BE(8) };
  if ((agreed.actions & ~actions) !== 0 || (agreed.protocol & ~protocol) !== 0)
    throw new Error("more than was offered");
  if ((agreed.actions & ACTION.ADDHDRS) === 0) throw new Error("nothing to do");

  async function exchange(command: string, payload = ""): Promise<string | undefined> {
    send(command, payload);
    const silent = neverAnswered.includes(command) || (agreed.protocol & (noReply[command] ?? 0)) !== 0;
    return silent ? undefined : reply();
  }

  return {
    socket,
    agreed,
    send,
    reply,
    exchange,
    async deliver({
      macros,
      header = ["Subject\0 x\0"],
      body = ["Hello\r\n"],
      from = "a@example.com",
      last = "",
    } = {}) {
      if (macros !== undefined) await exchange("D", `M${macros}`);
      await exchange("M", `<${from}>\0`);
      await exchange("R", "<b@example.net>\0");
      for (const field of header) await exchange("L", field);
      const decision = await exchange("N");
      if (decision !== "c") return [decision ?? ""];
      for (const chunk of body) if ((await exchange("B", chunk)) === "s") break;
      send("E", last);
      const replies: string[] = [];
      do replies.push(await reply());
      while (!"artdy".includes(replies.at(-1)?.charAt(0) ?? "a"));
      return replies;
    },
    async quit() {
      send("Q");
      await packets.end();
    },
    closed: packets.end,
  };
}

function incomingPackets(socket: Socket): { next: () => Promise<string>; end: () => Promise<void> } {
  const reader = createPacketReader();
  const unread: string[] = [];
  const over = new AbortController();
  let wake = (): void => {};
  const stop = (): void => {
    over.abort();
    wake();
  };
  socket.on("data", (chunk: Uint8Array) => {
    const batch = reader.push(chunk);
    for (const { command, payload } of batch.packets) unread.push(command + Buffer.from(payload).toString("latin1"));
    wake();
  });
  socket.on("close", stop);
  socket.on("error", stop);
  const change = (): Promise<void> => new Promise((resolve) => (wake = resolve));

  return {
    async next() {
      while (unread.length === 0) {
        if (over.signal.aborted) throw new Error("the filter closed the connection");
        await change();
      }
      return unread.shift() ?? "";
    },
    async end() {
      while (!over.signal.aborted) await change();
      if (unread.length > 0 || reader.partial()) throw new Error(`not asked for: ${JSON.stringify(unread)}`);
    },
  };
}
