import { randomInt } from "node:crypto";
import {
  CLASS,
  formatMessage,
  parseFirstQuestion,
  parseHeader,
  parseMessage,
  RCODE,
  type Edns,
  type Message,
  type Question,
} from "chancery/dns";
import {
  askOverUdp,
  type AskServer,
  type RawFailure,
  type RawReply,
  type ReplyVerdict,
  type ServerAddress,
} from "./datagram.ts";
import { randomOctets } from "./random-octets.ts";
import { askOverTcp } from "./stream.ts";

/** The size we say we take over UDP: no fragments on any usual path (DNS flag day 2020). */
const udpSizeOctets = 1232;

/** Tries past the first for each reason to try again: no EDNS, TCP after TC, TCP after distrust, and one in reserve. */
const extraTriesMax = 4;

export type Transport = "udp" | "tcp";
export type ExchangeFailure = RawFailure | "malformed";
export type Asked = { name: string; type: number };

/**
 * One question put to one server. `malformed`: it answered and the answer cannot be read. `distrusted`: replies came that
 * were not to our question. `queries` is what was sent, retries included; `rttMs` is of the last try.
 */
export type Exchange = {
  asked: Asked;
  server: ServerAddress;
  transport: Transport;
  edns: boolean;
  queries: number;
  /** When the last try was sent: milliseconds by `performance.now()`. */
  sentAtMs: number;
  rttMs: number;
} & ({ result: "answered"; message: Message; bytes: Uint8Array } | { result: "failed"; failure: ExchangeFailure });

export type ExchangeOptions = {
  /** Absent means false, the way authoritative servers are asked. */
  recursionDesired?: boolean;
  /** Absent means UDP, then TCP where the answer is truncated or UDP cannot be trusted. "udp" gives a truncated answer as it is. */
  transport?: Transport;
  /** Whether to start with EDNS; absent means yes. */
  edns?: boolean;
  /** Whether to ask for DNSSEC records too (RFC 4035 §3.2.1), which needs EDNS; absent means no. */
  dnssecOk?: boolean;
  /** Whether a resolver is asked not to validate (RFC 4035 §3.2.2); absent means no. */
  checkingDisabled?: boolean;
  /** For the first try; a repeat after silence waits twice as long. Absent means 1500. */
  timeoutMs?: number;
  /** How often silence is met with another try, the last one without EDNS. Absent means 2. */
  attempts?: number;
  /** How a datagram is sent and its reply awaited; absent means from a socket of its own. */
  udp?: AskServer | undefined;
  signal?: AbortSignal | undefined;
};

type Try = { transport: Transport; edns: boolean; timeoutMs: number };

/**
 * Asks `server` for `asked`, class IN, with a random id, source port and spelling of the name (0x20), all of which a reply
 * has to repeat (RFC 5452 §4, §9.1). Never rejects.
 */
export async function exchange(asked: Asked, server: ServerAddress, options: ExchangeOptions = {}): Promise<Exchange> {
  const attempts = options.attempts ?? 2;
  let silences = 0;
  let next: Try = {
    transport: options.transport ?? "udp",
    edns: options.edns ?? true,
    timeoutMs: options.timeoutMs ?? 1500,
  };
  for (let queries = 1; ; queries++) {
    const outcome = await tryOnce(asked, server, next, options);
    const mayTryAgain = queries < attempts + extraTriesMax;
    const again = mayTryAgain ? nextTry(next, outcome, options.transport) : undefined;
    const silent = outcome.result === "failed" && outcome.failure === "timeout";
    if (again === undefined || (silent && ++silences >= attempts)) {
      const { transport, edns } = next;
      return { asked, server, transport, edns, queries, ...outcome };
    }
    next = again;
  }
}

type TryOutcome = { sentAtMs: number; rttMs: number } & (
  | { result: "answered"; message: Message; bytes: Uint8Array }
  | { result: "failed"; failure: ExchangeFailure }
);

/** What to do differently after `outcome`; undefined when it stands. */
function nextTry(tried: Try, outcome: TryOutcome, wanted: Transport | undefined): Try | undefined {
  const overTcp = tried.transport === "udp" && wanted !== "udp" ? ({ ...tried, transport: "tcp" } as const) : undefined;
  if (outcome.result === "failed") {
    if (outcome.failure === "distrusted") return overTcp;
    if (outcome.failure !== "timeout") return undefined;
    return { ...tried, edns: false, timeoutMs: tried.timeoutMs * 2 };
  }
  const { rcode, truncated } = outcome.message;
  // A server from before EDNS says so in one of these ways (RFC 6891 §6.2.2, §7).
  const ednsRefused = rcode === RCODE.FORMERR || rcode === RCODE.NOTIMP || rcode === RCODE.BADVERS;
  if (tried.edns && ednsRefused) return { ...tried, edns: false };
  return truncated ? overTcp : undefined;
}

async function tryOnce(asked: Asked, server: ServerAddress, tried: Try, options: ExchangeOptions): Promise<TryOutcome> {
  const question: Question = { name: randomSpelling(asked.name), type: asked.type, class: CLASS.IN };
  const id = randomInt(0x10000);
  const query = formatMessage(queryMessage(id, question, tried.edns, options));
  const sentAtMs = performance.now();
  const ask = tried.transport === "udp" ? (options.udp ?? askOverUdp) : askOverTcp;
  const reply: RawReply = await ask(server, query, {
    timeoutMs: tried.timeoutMs,
    signal: options.signal,
    judge: (bytes) => judgeReply(bytes, id, question, tried.transport),
  });
  const rttMs = Math.round((performance.now() - sentAtMs) * 10) / 10;
  if (reply.result === "failed") return { sentAtMs, rttMs, ...reply };
  const message = parseMessage(reply.bytes);
  // There is no larger transport to ask over: what is cut there stays cut (RFC 2181 §9).
  const cutForGood = message.ok && message.value.truncated && tried.transport === "tcp";
  if (cutForGood) return { sentAtMs, rttMs, result: "failed", failure: "malformed" };
  if (message.ok) return { sentAtMs, rttMs, result: "answered", message: message.value, bytes: reply.bytes };
  const cut = tried.transport === "udp" ? cutMessage(reply.bytes) : undefined;
  return cut
    ? { sentAtMs, rttMs, result: "answered", message: cut, bytes: reply.bytes }
    : { sentAtMs, rttMs, result: "failed", failure: "malformed" };
}

/** Whether `bytes` answers our question. Errors may come without the question; they carry nothing that could be believed. */
function judgeReply(bytes: Uint8Array, id: number, question: Question, transport: Transport): ReplyVerdict {
  const header = parseHeader(bytes);
  if (!header.ok || header.value.id !== id || !header.value.response || header.value.opcode !== 0) return "not-ours";
  const { counts, rcode } = header.value;
  if (counts.questions === 0) return isErrorWithoutQuestion(rcode) && counts.answers === 0 ? "ours" : "not-ours";
  const echoed = parseFirstQuestion(bytes);
  if (counts.questions !== 1 || !echoed.ok) return "not-ours";
  const { name, type } = echoed.value;
  if (type !== question.type || echoed.value.class !== question.class) return "not-ours";
  if (name === question.name) return "ours";
  if (name.toLowerCase() !== question.name.toLowerCase()) return "not-ours";
  // A server that changes the letters, or a forger who guessed the id. Over TCP nobody off the path can answer.
  return transport === "tcp" ? "ours" : "distrust";
}

const isErrorWithoutQuestion = (rcode: number): boolean =>
  rcode === RCODE.FORMERR || rcode === RCODE.NOTIMP || rcode === RCODE.SERVFAIL || rcode === RCODE.REFUSED;

/** What can be said of a message cut in the middle of a record with TC set: its header, nothing more. */
function cutMessage(bytes: Uint8Array): Message | undefined {
  const header = parseHeader(bytes);
  const question = parseFirstQuestion(bytes);
  if (!header.ok || !header.value.truncated || !question.ok) return undefined;
  const { counts: _, ...fields } = header.value;
  return { ...fields, questions: [question.value], answers: [], authority: [], additional: [] };
}

function queryMessage(
  id: number,
  question: Question,
  edns: boolean,
  { recursionDesired = false, dnssecOk = false, checkingDisabled = false }: ExchangeOptions,
): Message {
  const opt: Edns = { udpSize: udpSizeOctets, version: 0, dnssecOk, extendedRcode: 0, options: [] };
  return {
    id,
    response: false,
    opcode: 0,
    authoritative: false,
    truncated: false,
    recursionDesired,
    recursionAvailable: false,
    // A resolver that validates tells its verdict to those who set AD (RFC 6840 §5.7).
    authenticData: recursionDesired,
    checkingDisabled,
    rcode: 0,
    questions: [question],
    answers: [],
    authority: [],
    additional: [],
    ...(edns ? { edns: opt } : {}),
  };
}

/** Each letter in random case (0x20): some more bits that a forger has to guess and every sound server repeats. */
function randomSpelling(name: string): string {
  const spelled = Buffer.from(name.toLowerCase(), "latin1");
  const coins = randomOctets((spelled.length + 7) >> 3);
  for (let at = 0; at < spelled.length; at++) {
    const char = spelled[at] ?? 0;
    const isLetter = char >= 0x61 && char <= 0x7a;
    if (isLetter && ((coins[at >> 3] ?? 0) >> (at & 7)) & 1) spelled[at] = char ^ 0x20;
  }
  return spelled.toString("latin1");
}
