import { once } from "node:events";
import { connect, type AddressInfo } from "node:net";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { ACTION, type MilterMessage, type MilterOutcome } from "chancery/milter";
import { SMTPServer } from "smtp-server";
import type { Decide, MilterFault } from "../../server/src/engine/milter-server/decide.ts";
import { type MilterServer, startMilterServer } from "../../server/src/engine/milter-server/server.ts";

/** What arrived at the next hop. */
export type Arrival = { from: string; recipients: string[]; octets: string };

export type Sink = {
  port: number;
  arrived: Arrival[];
  /** The message that holds `mark`, or that Postfix acknowledged with the reply `mark`; waits for it. */
  arrival(mark: string): Promise<Arrival>;
  close(): Promise<void>;
};

/** The next hop: takes every message, and keeps its octets as octet text. */
export async function startSink(): Promise<Sink> {
  const arrived: Arrival[] = [];
  const server = new SMTPServer({
    disabledCommands: ["AUTH", "STARTTLS"],
    disableReverseLookup: true,
    onData(stream, session, callback) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        const { mailFrom, rcptTo } = session.envelope;
        arrived.push({
          from: mailFrom === false ? "" : mailFrom.address,
          recipients: rcptTo.map(({ address }) => address),
          octets: Buffer.concat(chunks).toString("latin1"),
        });
        callback();
      });
    },
  });
  server.on("error", () => {});
  server.listen(0, "127.0.0.1");
  await once(server.server, "listening");
  return {
    port: (server.server.address() as AddressInfo).port,
    arrived,
    async arrival(mark) {
      const queueId = /^250 .* queued as (\w+)$/.exec(mark)?.[1];
      const wanted = queueId === undefined ? mark : ` id ${queueId}\r\n`;
      for (let i = 0; i < 400; i++) {
        const found = arrived.find(({ octets }) => octets.includes(wanted));
        if (found !== undefined) return found;
        await sleep(50);
      }
      throw new Error(`no message with ${JSON.stringify(wanted)} arrived`);
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

export type Milter = {
  server: MilterServer;
  faults: MilterFault[];
  /** The heads of all messages that were opened. */
  messages: MilterMessage[];
  /** The policy from here on. */
  decide: Decide["openMessage"];
};

/** Our milter, asking for all that a signer and a verifier need. */
export async function startMilter(): Promise<Milter> {
  const faults: MilterFault[] = [];
  const messages: MilterMessage[] = [];
  const milter: Omit<Milter, "server"> = { faults, messages, decide: always({ action: "accept" }) };
  const openMessage: Decide["openMessage"] = (message, signal, mta) => {
    messages.push(message);
    return milter.decide(message, signal, mta);
  };
  const server = await startMilterServer({
    listen: { host: "127.0.0.1", port: 0 },
    wanted: {
      requiredActions: ACTION.ADDHDRS | ACTION.CHGHDRS,
      optionalActions: ACTION.QUARANTINE,
      macros: {
        connect: ["j", "daemon_name", "daemon_addr", "client_addr", "client_name"],
        helo: ["tls_version"],
        mail: ["auth_type", "auth_authen", "mail_addr"],
        rcpt: ["rcpt_addr"],
        endOfHeader: ["i"],
        endOfMessage: ["i"],
      },
    },
    decide: { openMessage },
    limits: { closeGraceSeconds: 0.2 },
    onFault: (fault) => faults.push(fault),
  });
  return Object.assign(milter, { server });
}

/** A policy that reads every body and answers `outcome`. */
export const always =
  (outcome: MilterOutcome): Decide["openMessage"] =>
  async () => ({ kind: "body", sink: { update: () => {}, finish: async () => outcome } });

export type SmtpClient = {
  /** Sends a line; answers the reply, several lines joined by "\n". */
  command(line: string): Promise<string>;
  /** MAIL, RCPT, DATA and the message, dots stuffed; answers the last reply. */
  send(message: string, envelope?: { from?: string; to?: string; parameters?: string }): Promise<string>;
  /** Octet text as it is, without waiting for a reply. */
  write(octets: string): void;
  disconnect(): void;
};

/** An SMTP client that changes no octet on the way. */
export async function smtpClient(port: number): Promise<SmtpClient> {
  const socket = connect({ host: "127.0.0.1", port });
  // A reply that never comes says enough.
  socket.on("error", () => {});
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  const write = (octets: string): void => void socket.write(octets, "latin1");

  async function reply(): Promise<string> {
    const collected: string[] = [];
    for (;;) {
      const { value, done } = await lines.next();
      if (done === true) return collected.join("\n");
      collected.push(value);
      if (/^\d{3}(?!-)/.test(value)) return collected.join("\n");
    }
  }
  async function command(line: string): Promise<string> {
    write(`${line}\r\n`);
    return reply();
  }
  await reply();
  await command("EHLO client.example");
  return {
    command,
    write,
    async send(message, { from = "a@example.com", to = "b@example.net", parameters = "" } = {}) {
      for (const line of [`MAIL FROM:<${from}>${parameters}`, `RCPT TO:<${to}>`, "DATA"]) {
        const answer = await command(line);
        if (!/^[23]/.test(answer)) return answer;
      }
      write(`${message.replace(/^\./gm, "..")}.\r\n`);
      return reply();
    },
    disconnect: () => socket.resetAndDestroy(),
  };
}
