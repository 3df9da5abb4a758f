import {
  CLASS,
  formatMessage,
  nameData,
  parseHeader,
  parseMessage,
  RCODE,
  TYPE,
  type Message,
  type Question,
  type ResourceRecord,
} from "chancery/dns";
import { Backoff } from "./backoff.ts";
import { TtlCache } from "./cache.ts";
import { delegationCache } from "./delegation-cache.ts";
import { Pacing } from "./pacing.ts";
import { IterativeSession, type Found, type IterativeOptions, type NotFound } from "./session.ts";

export type RecursiveOptions = Omit<IterativeOptions, "delegations" | "budget" | "keepPackets"> & {
  /** Absent means 10000 answers, and as many delegations. */
  entriesMax?: number;
  /** Octets of names and record contents that are remembered, of answers and again of delegations. Absent means 32 MiB. */
  octetsMax?: number;
  /** Seconds that only rise; absent means time since this process began. */
  clock?: () => number;
};

/** RFC 2308 §5 advises one to three hours. */
const negativeSecondsMax = 10_800;
/** RFC 9520 §3.2: at least one second, at most five minutes. */
const failureSeconds = 5;
const positiveSecondsMax = 86_400;
const udpOctetsMax = 1232;
const plainUdpOctetsMax = 512;

type Element =
  | { kind: "records"; records: ResourceRecord[] }
  | { kind: "alias"; record: ResourceRecord; target: string }
  | { kind: "absent"; rcode: number; soa: ResourceRecord | undefined }
  | { kind: "failed" };

/** What a name server loop calls: one query in, one reply out, undefined for silence. */
export type AnswerQuery = (query: Uint8Array, via: { transport: "udp" | "tcp" }) => Promise<Uint8Array | undefined>;

/**
 * A full resolver to be served to others: it asks authoritative servers, follows aliases, and remembers answers, absences
 * and failures for as long as it may. It does not validate. For labs, so that a chain can be seen as a receiver sees it.
 */
export function createRecursiveResolver(options: RecursiveOptions = {}): { answer: AnswerQuery } {
  const entriesMax = options.entriesMax ?? 10_000;
  // It serves whole labs, and what it asks again is limited by what it remembers.
  const pacing = options.pacing ?? new Pacing({ perSecond: 1000, burst: 1000 });
  const limits = { entriesMax, octetsMax: options.octetsMax ?? 32 * 1024 * 1024 };
  const elements = new TtlCache<Element>({ ...limits, octetsOf: octetsOfElement }, options.clock);
  const delegations = delegationCache({ ...limits, clock: options.clock });
  const backoff = options.backoff ?? new Backoff(options.clock);
  const underway = new Map<string, Promise<Chain>>();
  const chainFor = (name: string, type: number): Promise<Chain> => {
    const key = keyOf(name, type);
    const asked =
      underway.get(key) ??
      resolveChain(new IterativeSession({ ...options, delegations, pacing, backoff }, undefined), elements, name, type);
    underway.set(key, asked);
    return asked.finally(() => underway.delete(key));
  };
  return {
    answer: async (bytes, via) => {
      const query = readQuery(bytes);
      if (!("question" in query)) return query.reply;
      const { message, question } = query;
      const chain = await chainFor(question.name.toLowerCase(), question.type);
      return fitted({ ...replyTo(message), ...chain }, message, via.transport);
    },
  };
}

type Chain = Pick<Message, "rcode" | "answers" | "authority">;
const failed: Chain = { rcode: RCODE.SERVFAIL, answers: [], authority: [] };

/** From the name asked, alias by alias, each from memory where it is known. */
async function resolveChain(
  session: IterativeSession,
  elements: TtlCache<Element>,
  name: string,
  type: number,
): Promise<Chain> {
  const answers: ResourceRecord[] = [];
  const seen = new Set<string>();
  const aliasesMax = session.options.aliasesMax ?? 16;
  for (let at = name; !seen.has(at) && seen.size <= aliasesMax;) {
    seen.add(at);
    const element = remembered(elements, at, type) ?? keep(elements, at, type, await session.find(at, type));
    if (element.kind === "failed") return failed;
    if (element.kind === "absent")
      return { rcode: element.rcode, answers, authority: element.soa ? [element.soa] : [] };
    if (element.kind === "records") {
      return { rcode: RCODE.NOERROR, answers: [...answers, ...element.records], authority: [] };
    }
    answers.push(element.record);
    at = element.target;
  }
  return failed;
}

const octetsOfRecord = ({ name, data }: ResourceRecord): number => name.length + data.length;

function octetsOfElement(element: Element): number {
  switch (element.kind) {
    case "records":
      return element.records.reduce((sum, record) => sum + octetsOfRecord(record), 0);
    case "alias":
      return octetsOfRecord(element.record) + element.target.length;
    case "absent":
      return element.soa === undefined ? 0 : octetsOfRecord(element.soa);
    case "failed":
      return 0;
  }
}

const keyOf = (name: string, type: number | "any type"): string => `${type} ${name}`;

/** What is known of a name and type: its own answer, an alias, or that the name does not exist at all. TTLs count down. */
function remembered(elements: TtlCache<Element>, name: string, type: number): Element | undefined {
  const kept = elements.get(keyOf(name, type)) ?? elements.get(keyOf(name, "any type"));
  if (!kept) return undefined;
  const { value, secondsLeft: ttl } = kept;
  // An alias stands for every type but its own.
  if (value.kind === "alias")
    return type === TYPE.CNAME
      ? { kind: "records", records: [{ ...value.record, ttl }] }
      : { ...value, record: { ...value.record, ttl } };
  if (value.kind === "records") return { ...value, records: value.records.map((record) => ({ ...record, ttl })) };
  if (value.kind === "absent" && value.soa) return { ...value, soa: { ...value.soa, ttl } };
  return value;
}

function keep(elements: TtlCache<Element>, name: string, type: number, found: Found | NotFound): Element {
  if ("reason" in found) {
    elements.set(keyOf(name, type), { kind: "failed" }, failureSeconds);
    return { kind: "failed" };
  }
  const { classified, rcode } = found;
  if (classified.kind === "records") {
    const ttl = Math.min(positiveSecondsMax, ...classified.records.map((record) => record.ttl));
    // The contents lie in the reply: without a copy, all of it would be kept for one record.
    const records = classified.records.map((record) => ({ ...record, data: record.data.slice(), ttl }));
    elements.set(keyOf(name, type), { kind: "records", records }, ttl);
    return { kind: "records", records };
  }
  if (classified.kind === "alias") {
    const { target } = classified.alias;
    const ttl = Math.min(classified.alias.ttl, positiveSecondsMax);
    const alias: Element = { kind: "alias", target, record: { name, type: TYPE.CNAME, ttl, data: nameData(target) } };
    elements.set(keyOf(name, "any type"), alias, ttl);
    return alias;
  }
  const ttl = Math.min(classified.negativeTtl ?? 0, negativeSecondsMax);
  const absent: Element = { kind: "absent", rcode, soa: classified.soa && { ...classified.soa, ttl } };
  elements.set(keyOf(name, classified.reason === "nxdomain" ? "any type" : type), absent, ttl);
  return absent;
}

/** Either a question to be resolved or the reply to what is none (silence where a reply could start a loop). */
function readQuery(bytes: Uint8Array): { message: Message; question: Question } | { reply: Uint8Array | undefined } {
  const header = parseHeader(bytes);
  if (!header.ok || header.value.response) return { reply: undefined };
  const { counts: _, ...fields } = header.value;
  const bare: Message = { ...fields, questions: [], answers: [], authority: [], additional: [] };
  const refusal = (rcode: number, to: Message): { reply: Uint8Array } => ({
    reply: formatMessage({ ...replyTo(to), rcode }),
  });
  if (header.value.opcode !== 0) return refusal(RCODE.NOTIMP, bare);
  const parsed = parseMessage(bytes);
  if (!parsed.ok || parsed.value.questions.length !== 1) return refusal(RCODE.FORMERR, bare);
  const message = parsed.value;
  const [question] = message.questions;
  if (!question) return refusal(RCODE.FORMERR, bare);
  if ((message.edns?.version ?? 0) > 0) return refusal(RCODE.BADVERS, message);
  if (question.class !== CLASS.IN || !message.recursionDesired) return refusal(RCODE.REFUSED, message);
  const isMeta = question.type === TYPE.OPT || (question.type >= 128 && question.type <= 255);
  return isMeta ? refusal(RCODE.NOTIMP, message) : { message, question };
}

function replyTo(query: Message): Message {
  const { id, opcode, recursionDesired, checkingDisabled, questions } = query;
  return {
    id,
    response: true,
    opcode,
    authoritative: false,
    truncated: false,
    recursionDesired,
    recursionAvailable: true,
    authenticData: false,
    checkingDisabled,
    rcode: RCODE.NOERROR,
    questions,
    answers: [],
    authority: [],
    additional: [],
    ...(query.edns
      ? { edns: { udpSize: udpOctetsMax, version: 0, dnssecOk: query.edns.dnssecOk, extendedRcode: 0, options: [] } }
      : {}),
  };
}

/** The reply as bytes; with TC and nothing else where it does not fit into the datagram that the client can take. */
function fitted(reply: Message, query: Message, transport: "udp" | "tcp"): Uint8Array {
  const bytes = formatMessage(reply);
  const offered = Math.max(query.edns?.udpSize ?? 0, plainUdpOctetsMax);
  const octetsMax = transport === "tcp" ? 0xffff : Math.min(offered, udpOctetsMax);
  if (bytes.length <= octetsMax) return bytes;
  const emptied = { ...reply, answers: [], authority: [] };
  return formatMessage(transport === "tcp" ? { ...emptied, rcode: RCODE.SERVFAIL } : { ...emptied, truncated: true });
}
