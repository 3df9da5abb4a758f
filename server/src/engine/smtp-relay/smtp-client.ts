import { Conversation, HopLost, type HopReply } from "./conversation.ts";
import { DotStuffer } from "./dot-stuffer.ts";

/** Seconds to wait for the next hop, each at least what RFC 5321 §4.5.3.2 says. */
export type HopTimeouts = {
  connectSeconds: number;
  greetingSeconds: number;
  commandSeconds: number;
  dataSeconds: number;
  blockSeconds: number;
  endSeconds: number;
};

export const DEFAULT_HOP_TIMEOUTS: HopTimeouts = {
  connectSeconds: 60,
  greetingSeconds: 300,
  commandSeconds: 300,
  dataSeconds: 120,
  blockSeconds: 180,
  endSeconds: 600,
};

export type Outbound = {
  hop: { host: string; port: number };
  /** Our name in EHLO. */
  hostname: string;
  timeouts: HopTimeouts;
  mailFrom: string;
  recipients: readonly string[];
  octets: number;
  body: "7bit" | "8bitmime";
  smtpUtf8: boolean;
  /** Aborted: the conversation ends where it is. */
  closing: AbortSignal;
  /** The octets to send; each call starts anew. */
  read: () => AsyncIterable<Uint8Array>;
};

/** What the next hop, or the lack of one, made of a recipient. `deferred` may be tried again. */
export type HopOutcome = { address: string; outcome: "delivered" | "deferred" | "failed"; reply: string };

/**
 * Sends one message to one hop: opportunistic STARTTLS (RFC 3207), PIPELINING where offered, an outcome for each
 * recipient. Never rejects. nodemailer's client keeps our octets too, but takes any 2yz for DATA's 354, sends 8-bit octets to
 * hops without 8BITMIME, gives SMTPUTF8 only for addresses, and has a single idle time for every wait.
 */
export async function sendMessage(message: Outbound): Promise<HopOutcome[]> {
  const first = await tryHop(message, "starttls");
  if (first !== "tls-failed") return first;
  // Opportunistic means: a hop whose TLS is broken gets what a hop without TLS gets.
  const second = await tryHop(message, "plain");
  return second === "tls-failed" ? all(message, "deferred", "4.4.2 TLS failed") : second;
}

function all(message: Outbound, outcome: HopOutcome["outcome"], reply: string): HopOutcome[] {
  return message.recipients.map((address) => ({ address, outcome, reply }));
}

async function tryHop(message: Outbound, mode: "starttls" | "plain"): Promise<HopOutcome[] | "tls-failed"> {
  const { timeouts } = message;
  let hop: Conversation | undefined;
  let phase: "before-tls" | "handshake" | "ready" = "before-tls";
  try {
    hop = await Conversation.open(message.hop, timeouts.connectSeconds, message.closing);
    const greeting = await hop.reply(timeouts.greetingSeconds, "waiting for the greeting");
    // A hop that is closed altogether says nothing about the message: it is configured, so it will be back.
    if (greeting.code !== 220) return all(message, "deferred", line(greeting));
    let hello = await greet(hop, message);
    if (mode === "starttls" && hello.extensions.has("STARTTLS")) {
      const ready = await hop.command("STARTTLS", timeouts.commandSeconds);
      if (ready.code === 220) {
        phase = "handshake";
        await hop.startTls(message.hop.host, timeouts.commandSeconds);
        phase = "ready";
        hello = await greet(hop, message);
      }
    }
    if (hello.refused !== undefined) return all(message, "deferred", line(hello.refused));
    const unfit = lacking(message, hello.extensions);
    if (unfit !== undefined) return all(message, "failed", unfit);
    return await transfer(hop, message, hello.extensions);
  } catch (error) {
    hop?.close();
    if (!(error instanceof HopLost)) throw error;
    if (phase === "handshake") return "tls-failed";
    return all(message, "deferred", `4.4.2 ${error.message}`);
  } finally {
    hop?.quit();
  }
}

type Hello = { extensions: Map<string, string>; refused?: HopReply };

async function greet(hop: Conversation, message: Outbound): Promise<Hello> {
  const ehlo = await hop.command(`EHLO ${message.hostname}`, message.timeouts.commandSeconds);
  if (ehlo.code === 250) {
    const offered = ehlo.text.split("\n").slice(1);
    return {
      extensions: new Map(offered.map((text) => [keyword(text), text.split(/\s+/)[1] ?? ""])),
    };
  }
  // Only 5yz says that EHLO is unknown: taken for that, a 4yz would make a passing trouble a lack of 8BITMIME for good.
  if (ehlo.code < 500) return { extensions: new Map(), refused: ehlo };
  const helo = await hop.command(`HELO ${message.hostname}`, message.timeouts.commandSeconds);
  return helo.code === 250 ? { extensions: new Map() } : { extensions: new Map(), refused: helo };
}

const keyword = (text: string): string => (text.split(/\s+/)[0] ?? "").toUpperCase();

/** What this hop would have to be able to do and cannot. A change of the octets would break the signature. */
function lacking(message: Outbound, extensions: Map<string, string>): string | undefined {
  if (message.body === "8bitmime" && !extensions.has("8BITMIME")) {
    return "5.6.3 the next hop does not take 8-bit content (RFC 6152 section 3)";
  }
  if (message.smtpUtf8 && !extensions.has("SMTPUTF8")) {
    return "5.6.7 the next hop does not take internationalized mail (RFC 6531 section 3.6)";
  }
  const octetsMax = Number(extensions.get("SIZE") ?? 0);
  return octetsMax > 0 && message.octets > octetsMax
    ? `5.3.4 the next hop takes ${octetsMax} octets at most`
    : undefined;
}

async function transfer(hop: Conversation, message: Outbound, extensions: Map<string, string>): Promise<HopOutcome[]> {
  const { timeouts, recipients } = message;
  const mail = [
    `MAIL FROM:<${message.mailFrom}>`,
    ...(extensions.has("SIZE") ? [`SIZE=${message.octets}`] : []),
    ...(message.body === "8bitmime" ? ["BODY=8BITMIME"] : []),
    ...(message.smtpUtf8 ? ["SMTPUTF8"] : []),
  ].join(" ");
  const lines = [mail, ...recipients.map((address) => `RCPT TO:<${address}>`)];
  const replies: HopReply[] = [];
  if (extensions.has("PIPELINING")) {
    hop.send(`${lines.join("\r\n")}\r\n`);
    for (const text of lines) replies.push(await hop.reply(timeouts.commandSeconds, text.slice(0, 4)));
  } else {
    for (const text of lines) {
      replies.push(await hop.command(text, timeouts.commandSeconds));
      if (replies[0]?.code !== 250) break;
    }
  }
  const [sender, ...others] = replies;
  if (sender === undefined || !isPositive(sender)) return recipients.map((address) => judged(address, sender));
  const outcomes = recipients.map((address, at) => judged(address, others[at]));
  if (!outcomes.some(({ outcome }) => outcome === "delivered")) return outcomes;
  const last = await content(hop, message);
  // Those whom RCPT took share the fate of the message; the others keep theirs.
  return outcomes.map((one) => (one.outcome === "delivered" ? judged(one.address, last) : one));
}

/** DATA, the octets, the last reply. A hop that is lost on the way has taken nothing, as far as we can know. */
async function content(hop: Conversation, message: Outbound): Promise<HopReply> {
  const { timeouts } = message;
  try {
    const go = await hop.command("DATA", timeouts.dataSeconds);
    if (go.code !== 354) return go.code >= 400 ? go : { code: 451, text: `4.5.0 ${go.code} is no answer to DATA` };
    const stuffer = new DotStuffer();
    for await (const chunk of message.read()) {
      const octets = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      await hop.pour(stuffer.feed(octets), timeouts.blockSeconds);
    }
    hop.send(stuffer.end());
    return await hop.reply(timeouts.endSeconds, "waiting for the reply to the message");
  } catch (error) {
    // Without the final dot the hop has to drop what it got (RFC 5321 §4.1.1.4).
    hop.close();
    if (!(error instanceof HopLost)) return { code: 451, text: "4.3.0 the stored message cannot be read" };
    return refusalBeforeTheEnd(hop) ?? { code: 451, text: `4.4.2 ${error.message}` };
  }
}

/** Some hops say 552 and hang up while octets still come: that is an answer, not a loss. */
function refusalBeforeTheEnd(hop: Conversation): HopReply | undefined {
  try {
    const reply = hop.unexpectedReply();
    return reply !== undefined && reply.code >= 400 ? reply : undefined;
  } catch {
    return undefined;
  }
}

const isPositive = (reply: HopReply): boolean => reply.code >= 200 && reply.code < 300;

function judged(address: string, reply: HopReply | undefined): HopOutcome {
  if (reply === undefined) return { address, outcome: "deferred", reply: "4.4.2 no reply" };
  if (isPositive(reply)) return { address, outcome: "delivered", reply: line(reply) };
  return { address, outcome: reply.code >= 500 ? "failed" : "deferred", reply: line(reply) };
}

/** A reply for log and notification: one line of printable ASCII, a stranger's text made short. */
function line(reply: HopReply): string {
  return `${reply.code} ${reply.text}`.replaceAll(/[^\x20-\x7e]+/g, " ").slice(0, 500);
}
