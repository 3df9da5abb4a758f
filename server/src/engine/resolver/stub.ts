import { getServers } from "node:dns";
import { isIP } from "node:net";
import { RCODE, TYPE, type Message, type ResourceRecord } from "chancery/dns";
import { aliasAt, isCompactDenial, recordsAt } from "./classify.ts";
import type { ServerAddress } from "./transport/datagram.ts";
import { exchange, type Exchange } from "./transport/exchange.ts";
import {
  evidenceOf,
  hostPort,
  negativeTtlOf,
  type Alias,
  type ExchangeEvidence,
  type Lookup,
  type Resolution,
  type UnknownReason,
} from "./resolution.ts";

export type StubOptions = {
  /** Asked in this order until one gives a definite answer; absent means those of the system. */
  servers?: readonly ServerAddress[];
  /** Absent means 16, what full resolvers themselves follow. */
  aliasesMax?: number;
  /** For one server's first try; absent means 1500. */
  timeoutMs?: number;
  /** For one lookup, over all servers; absent means 5000. */
  totalMs?: number;
  /** Whether to ask for DNSSEC records: only with them a name that does not exist can be told in zones that sign such denials
   * as if it did (RFC 9824). Absent means no. */
  dnssecOk?: boolean;
  /** Whether these resolvers validate, and the way to them is safe, so that their AD bit is believed (RFC 4035 §4.9.3). Absent
   * means those on a loopback address alone. */
  trusted?: boolean;
  /** Whether evidence holds the replies; absent means no. */
  keepPackets?: boolean;
};

/** What one reply of a resolver says about a question. */
type Reading = { aliases: Alias[]; finalName: string; rcode: number; authenticData: boolean } & (
  | { outcome: "present"; records: ResourceRecord[] }
  | { outcome: "absent"; reason: "nxdomain" | "nodata"; soa?: ResourceRecord; negativeTtl?: number }
  | { outcome: "unknown"; reason: UnknownReason }
  /** The reply ends in an alias and says nothing of its target: a server without recursion. */
  | { outcome: "unfinished" }
);

/** Asks configured resolvers with RD=1 and believes them. What each server said is in the evidence. */
export function createStubResolver(options: StubOptions = {}): Lookup {
  return { lookup: (name, type, signal) => lookup(options, name, type, signal) };
}

async function lookup(
  options: StubOptions,
  name: string,
  type: number,
  caller: AbortSignal | undefined,
): Promise<Resolution> {
  const total = AbortSignal.timeout(options.totalMs ?? 5000);
  const signal = caller ? AbortSignal.any([caller, total]) : total;
  const heard: Heard = { exchanges: [], began: performance.now() };
  const servers = options.servers ?? systemServers();
  const timeoutMs = options.timeoutMs ?? 1500;
  // Where there are others, silence is met by asking them first; then those that kept silent get longer, without EDNS.
  const rounds: Patience[] =
    servers.length < 2
      ? [{ timeoutMs, attempts: 2 }]
      : [
          { timeoutMs, attempts: 1 },
          { timeoutMs: 2 * timeoutMs, attempts: 1, edns: false },
        ];
  let last: Resolution | undefined;
  let toAsk = servers;
  for (const patience of rounds) {
    const silent: ServerAddress[] = [];
    for (const server of toAsk) {
      if (last && signal.aborted) break;
      const resolution = await askServer({ ...options, ...patience }, server, name, type, signal, heard);
      if (resolution.outcome !== "unknown" || isDefinite(resolution.reason)) return resolution;
      // Of several failures the first stands: it comes from the resolver that is meant to be asked.
      last ??= resolution;
      if (resolution.reason === "timeout") silent.push(server);
    }
    toAsk = silent;
  }
  if (last && signal.aborted) return { ...last, outcome: "unknown", reason: caller?.aborted ? "cancelled" : "timeout" };
  const none = {
    question: { name, type },
    aliases: [],
    finalName: name,
    records: [],
    zones: [],
    exchanges: heard.exchanges,
  };
  return last ?? { ...none, outcome: "unknown", reason: "no-servers" };
}

const isDefinite = (reason: UnknownReason): boolean => reason.startsWith("alias-") || reason === "bogus";

/** What was asked and answered so far; `began` by `performance.now()`. */
type Heard = { exchanges: ExchangeEvidence[]; began: number };

/** How long silence is waited for, and how often it is met with another try. */
type Patience = { timeoutMs: number; attempts: number; edns?: boolean };

/** One server's answer, asking it again for the target where it does not follow aliases itself. */
async function askServer(
  options: StubOptions & Patience,
  server: ServerAddress,
  name: string,
  type: number,
  signal: AbortSignal,
  heard: Heard,
): Promise<Resolution> {
  const { exchanges } = heard;
  const aliasesMax = options.aliasesMax ?? 16;
  const aliases: Alias[] = [];
  let isSecure = options.trusted ?? isLoopback(server.address);
  let at = name;
  const ask = async (checkingDisabled: boolean): Promise<Exchange> => {
    const done = await exchange({ name: at, type }, server, {
      recursionDesired: true,
      checkingDisabled,
      dnssecOk: options.dnssecOk ?? false,
      timeoutMs: options.timeoutMs,
      attempts: options.attempts,
      edns: options.edns ?? true,
      signal,
    });
    exchanges.push(evidenceOf(done, options.keepPackets ?? false, heard.began));
    return done;
  };
  for (;;) {
    const reading = readExchange(await ask(false), at, type, aliasesMax - aliases.length);
    aliases.push(...reading.aliases);
    at = reading.finalName;
    isSecure &&= reading.authenticData;
    const common = { question: { name, type }, aliases, finalName: at, records: [], zones: [], exchanges };
    if (reading.outcome === "unknown" && reading.reason === "servfail" && options.dnssecOk === true) {
      const reason = isAnswer(await ask(true)) ? "bogus" : "servfail";
      return { ...common, ...reading, aliases, reason };
    }
    if (reading.outcome !== "unfinished") {
      return {
        ...common,
        ...reading,
        aliases,
        ...(isSecure && reading.outcome !== "unknown" && { dnssec: { state: "secure" } }),
      };
    }
    if (at === name || aliases.slice(0, -1).some((alias) => alias.name === at)) {
      return { ...common, outcome: "unknown", reason: "alias-loop", rcode: reading.rcode };
    }
  }
}

/** A resolver that has an answer when it is asked not to validate (RFC 4035 §3.2.2), and none else, has found it bogus. */
const isAnswer = (done: Exchange): boolean =>
  done.result === "answered" && (done.message.rcode === RCODE.NOERROR || done.message.rcode === RCODE.NXDOMAIN);

/** On the way to a resolver on this machine nobody can set the AD bit. */
const isLoopback = (address: string): boolean => address.startsWith("127.") || address === "::1";

function readExchange(done: Exchange, name: string, type: number, aliasesMax: number): Reading {
  if (done.result === "answered") return readAnswer(done.message, name, type, aliasesMax, hostPort(done.server));
  return {
    outcome: "unknown",
    reason: done.failure,
    aliases: [],
    finalName: name,
    rcode: RCODE.SERVFAIL,
    authenticData: false,
  };
}

/** Follows the aliases in one answer section, in whatever order it lists them. */
function readAnswer(message: Message, name: string, type: number, aliasesMax: number, server: string): Reading {
  const { rcode, authenticData, answers } = message;
  const aliases: Alias[] = [];
  const seen = new Set([name]);
  let at = name;
  const here = (): { aliases: Alias[]; finalName: string; rcode: number; authenticData: boolean } => ({
    aliases,
    finalName: at,
    rcode,
    authenticData,
  });
  const failure = failureOf(rcode);
  for (;;) {
    const records = recordsAt(answers, at, type);
    const alias = type === TYPE.CNAME ? undefined : aliasAt(answers, at);
    if (records.length > 0 && !failure) {
      if (alias) aliases.push({ name: at, ...alias, server });
      return { ...here(), outcome: "present", records };
    }
    if (!alias) break;
    aliases.push({ name: at, ...alias, server });
    at = alias.target;
    if (seen.has(at)) return { ...here(), outcome: "unknown", reason: "alias-loop" };
    if (aliases.length > aliasesMax) return { ...here(), outcome: "unknown", reason: "alias-chain-too-long" };
    seen.add(at);
  }
  if (failure) return { ...here(), outcome: "unknown", reason: failure };
  // Something was answered, and not to our question.
  const isUnrelated = rcode === RCODE.NOERROR && aliases.length === 0 && answers.length > 0;
  if (isUnrelated) return { ...here(), outcome: "unknown", reason: "malformed" };
  const soa = message.authority.find((record) => record.type === TYPE.SOA);
  const negative = soa ? { soa, negativeTtl: negativeTtlOf(soa) } : {};
  if (rcode === RCODE.NXDOMAIN || isCompactDenial(message.authority, at))
    return { ...here(), outcome: "absent", reason: "nxdomain", ...negative };
  if (aliases.length > 0 && !soa && !message.recursionAvailable) return { ...here(), outcome: "unfinished" };
  const referral = !message.recursionAvailable && !message.authoritative && !soa;
  if (referral) return { ...here(), outcome: "unknown", reason: "lame" };
  return { ...here(), outcome: "absent", reason: "nodata", ...negative };
}

function failureOf(rcode: number): UnknownReason | undefined {
  if (rcode === RCODE.NOERROR || rcode === RCODE.NXDOMAIN) return undefined;
  if (rcode === RCODE.SERVFAIL) return "servfail";
  return rcode === RCODE.REFUSED ? "refused" : "other-rcode";
}

/** The resolvers of this machine (resolv.conf), as the name functions of the system see them. */
export function systemServers(): ServerAddress[] {
  return getServers().flatMap((text) => parseServer(text) ?? []);
}

/** HOST:PORT, HOST an address (IPv6 in brackets) or localhost; no port means 53. Undefined for anything else. */
export function parseServer(text: string): ServerAddress | undefined {
  if (isIP(text)) return { address: text, port: 53 };
  const split = text.lastIndexOf(":");
  const host = split < 0 ? text : text.slice(0, split);
  const literal = host.startsWith("[") && host.endsWith("]") ? host.slice(1, -1) : host;
  const address = literal === "localhost" ? "127.0.0.1" : literal;
  const portText = split < 0 ? "53" : text.slice(split + 1);
  const port = /^\d{1,5}$/.test(portText) ? Number(portText) : 0;
  return isIP(address) && port >= 1 && port <= 65535 ? { address, port } : undefined;
}
