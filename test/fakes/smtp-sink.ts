import { createHash, type Hash } from "node:crypto";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { connect as tlsConnect, TLSSocket } from "node:tls";

/** One step of a transfer, as a script sees it. `end` is <CRLF>.<CRLF>. */
export type SinkStep = {
  verb: "connect" | "EHLO" | "HELO" | "STARTTLS" | "MAIL" | "RCPT" | "DATA" | "end" | "RSET" | "QUIT";
  line: string;
  /** Connections so far, from 1. */
  connection: number;
  /** Messages that this sink has accepted so far. */
  accepted: number;
};

/** A reply line, silence for ever, a connection cut before any reply; undefined is what a friendly server says. */
export type SinkAnswer = string | { hang: true } | { cut: true } | undefined;

export type SunkMessage = {
  mailFrom: string;
  mailParameters: string;
  recipients: string[];
  /** Dots unstuffed; only the first 4096 when the sink keeps digests alone. */
  octets: Buffer;
  /** SHA-256 in hex of the octets as they came, stuffing included, and their number. */
  sha256: string;
  length: number;
  secure: boolean;
};

export type SmtpSink = {
  port: number;
  messages: SunkMessage[];
  steps: SinkStep[];
  close: () => Promise<void>;
};

/** A next hop whose every reply can be scripted. It reads SMTP its own simple way, so that it judges ours. */
export async function startSink(
  options: {
    script?: (step: SinkStep) => SinkAnswer;
    extensions?: string[];
    tls?: { cert: string; key: string };
    digestsOnly?: boolean;
    port?: number;
  } = {},
): Promise<SmtpSink> {
  const messages: SunkMessage[] = [];
  const steps: SinkStep[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    converse(socket, connections, options, messages, steps);
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    messages,
    steps,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

function converse(
  plain: Socket,
  connection: number,
  options: Parameters<typeof startSink>[0] & object,
  messages: SunkMessage[],
  steps: SinkStep[],
): void {
  let socket: Socket = plain;
  let buffered = Buffer.alloc(0);
  let reading: "commands" | "message" | "nothing" = "commands";
  let secure = false;
  let envelope = { mailFrom: "", mailParameters: "", recipients: [] as string[] };
  let body: { hash: Hash; length: number; chunks: Buffer[]; tail: Buffer; framing: number } | undefined;
  const extensions = options.extensions ?? [
    "PIPELINING",
    "8BITMIME",
    "SMTPUTF8",
    "SIZE 500000000",
    "ENHANCEDSTATUSCODES",
  ];

  const friendly = (verb: SinkStep["verb"]): string => {
    if (verb === "connect") return "220 sink.example ESMTP";
    if (verb === "EHLO") {
      const offered = [...extensions, ...(options.tls !== undefined && !secure ? ["STARTTLS"] : [])];
      return ["sink.example", ...offered]
        .map((text, at) => `250${at < offered.length ? "-" : " "}${text}`)
        .join("\r\n");
    }
    if (verb === "DATA") return envelope.recipients.length > 0 ? "354 go on" : "503 5.5.1 no recipients";
    if (verb === "STARTTLS" || verb === "QUIT") return verb === "QUIT" ? "221 2.0.0 bye" : "220 2.0.0 ready";
    return "250 2.0.0 ok";
  };
  const answer = (verb: SinkStep["verb"], line: string): string | undefined => {
    const step = { verb, line, connection, accepted: messages.length };
    steps.push(step);
    const scripted = options.script?.(step);
    if (scripted === undefined || typeof scripted === "string") {
      const reply = scripted ?? friendly(verb);
      socket.write(`${reply}\r\n`, "latin1");
      return reply;
    }
    reading = "nothing";
    if ("cut" in scripted) socket.destroy();
    return undefined;
  };
  const command = (line: string): void => {
    const verb = line.slice(0, 8).toUpperCase().startsWith("STARTTLS") ? "STARTTLS" : line.slice(0, 4).toUpperCase();
    const reply = answer(verb as SinkStep["verb"], line);
    if (reply === undefined) return;
    const path = /<([^>]*)>(.*)$/.exec(line);
    if (verb === "MAIL") {
      envelope = { mailFrom: path?.[1] ?? "?", mailParameters: (path?.[2] ?? "").trim(), recipients: [] };
    } else if (verb === "RCPT" && reply.startsWith("2")) {
      envelope.recipients.push(path?.[1] ?? "?");
    } else if (verb === "DATA" && reply.startsWith("354")) {
      reading = "message";
      body = { hash: createHash("sha256"), length: 0, chunks: [], tail: Buffer.from("\r\n"), framing: 2 };
    } else if (verb === "STARTTLS" && reply.startsWith("220")) {
      plain.removeListener("data", onData);
      secure = true;
      socket = new TLSSocket(plain, { isServer: true, ...options.tls });
      socket.on("data", onData);
      socket.on("error", () => socket.destroy());
    } else if (verb === "QUIT") {
      socket.end();
    }
  };
  const message = (chunk: Buffer): void => {
    if (body === undefined) return;
    // The <CRLF> that ends the DATA line may begin the end of an empty message; it is framing, not content.
    const seam = Buffer.concat([body.tail, chunk]);
    const end = seam.indexOf("\r\n.\r\n");
    const until = end < 0 ? Math.max(0, seam.length - 4) : end + 2;
    const content = seam.subarray(Math.min(body.framing, until), until);
    body.framing = Math.max(0, body.framing - until);
    body.tail = seam.subarray(until);
    body.hash.update(content);
    if (options.digestsOnly !== true || body.length < 4096) body.chunks.push(content);
    body.length += content.length;
    if (end < 0) return;
    reading = "commands";
    const rest = seam.subarray(end + 5);
    const stuffed = Buffer.concat(body.chunks).toString("latin1");
    const octets = Buffer.from(stuffed.replaceAll(/(^|\r\n)\./g, "$1"), "latin1");
    const { hash, length } = body;
    body = undefined;
    const sunk = { ...envelope, octets, sha256: hash.digest("hex"), length, secure };
    const reply = answer("end", ".");
    if (reply?.startsWith("2") === true) messages.push(sunk);
    if (rest.length > 0) onData(rest);
  };
  const onData = (chunk: Buffer): void => {
    if (reading === "nothing") return;
    if (reading === "message") return message(chunk);
    buffered = Buffer.concat([buffered, chunk]);
    for (;;) {
      const end = buffered.indexOf("\r\n");
      if (end < 0 || reading !== "commands") break;
      const line = buffered.subarray(0, end).toString("utf8");
      buffered = buffered.subarray(end + 2);
      command(line);
    }
    if ((reading as string) === "message" && buffered.length > 0) {
      const rest = buffered;
      buffered = Buffer.alloc(0);
      message(rest);
    }
  };
  plain.on("data", onData);
  plain.on("error", () => plain.destroy());
  answer("connect", "");
}

/** A client that says exactly what it is told, octet for octet (texts are latin1). */
export class SmtpTalker {
  #socket: Socket;
  #received = "";
  #closed = false;
  greeting = "";
  #waiting: (() => void) | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.#listen();
  }

  static async connect(port: number): Promise<SmtpTalker> {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    const talker = new SmtpTalker(socket);
    talker.greeting = await talker.reply();
    return talker;
  }

  get closed(): boolean {
    return this.#closed;
  }

  send(octets: string | Buffer): void {
    this.#socket.write(typeof octets === "string" ? Buffer.from(octets, "latin1") : octets);
  }

  /** Writes with back-pressure, for what is larger than memory should hold. */
  async pour(octets: Buffer): Promise<void> {
    if (this.#socket.write(octets)) return;
    await new Promise<void>((resolve) => this.#socket.once("drain", resolve));
  }

  /** The next whole reply, its lines joined by a newline; "" when the connection has ended. */
  async reply(): Promise<string> {
    for (;;) {
      const whole = /^(?:\d{3}-[^\r\n]*\r\n)*\d{3}(?: [^\r\n]*)?\r\n/.exec(this.#received)?.[0];
      if (whole !== undefined) {
        this.#received = this.#received.slice(whole.length);
        return whole.trimEnd().replaceAll("\r\n", "\n");
      }
      if (this.#closed) return "";
      await new Promise<void>((resolve) => {
        this.#waiting = resolve;
      });
    }
  }

  async command(line: string): Promise<string> {
    if (this.#closed) return "";
    this.send(`${line}\r\n`);
    return this.reply();
  }

  /** EHLO, STARTTLS, EHLO again; the extensions that are offered under TLS. */
  async secure(): Promise<string> {
    await this.command("EHLO client.example");
    if (!(await this.command("STARTTLS")).startsWith("220")) return "";
    this.#socket.removeAllListeners();
    this.#socket = tlsConnect({ socket: this.#socket, rejectUnauthorized: false });
    const socket = this.#socket;
    await new Promise<void>((resolve) => {
      // An error is followed by close; the next reply is "" then.
      socket.on("error", () => undefined);
      socket.once("close", () => {
        this.#closed = true;
        resolve();
      });
      socket.once("secureConnect", resolve);
    });
    this.#listen();
    return this.command("EHLO client.example");
  }

  login(name: string, password: string): Promise<string> {
    return this.command(`AUTH PLAIN ${Buffer.from(`\0${name}\0${password}`).toString("base64")}`);
  }

  /** MAIL, RCPT and DATA; the last reply. */
  async envelope(mailFrom: string, ...recipients: string[]): Promise<string> {
    let reply = await this.command(`MAIL FROM:<${mailFrom}>`);
    for (const recipient of recipients) reply = await this.command(`RCPT TO:<${recipient}>`);
    return reply.startsWith("250") ? this.command("DATA") : reply;
  }

  cut(): void {
    this.#socket.destroy();
  }

  #listen(): void {
    const wake = (): void => {
      this.#waiting?.();
      this.#waiting = undefined;
    };
    this.#socket.on("data", (chunk: Buffer) => {
      this.#received += chunk.toString("latin1");
      wake();
    });
    this.#socket.on("error", () => undefined);
    this.#socket.on("close", () => {
      this.#closed = true;
      wake();
    });
  }
}
