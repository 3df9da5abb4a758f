import { isAtOrBelow, RCODE, readSoa, TYPE, type Message } from "chancery/dns";
import { recordsAt } from "../classify.ts";
import type { Exchange, Transport } from "../transport/exchange.ts";
import type { NsSeen, SoaSeen } from "./observation.ts";
import type { UnknownReason } from "../resolution.ts";
import type { IterativeSession, NotFound } from "../session.ts";
import { nsSeen } from "./zone-authorities.ts";

/** How a listed server fails to answer with authority (RFC 9499 §7, RFC 1912 §2.8). */
export type Lameness =
  | "refused"
  | "servfail"
  | "nxdomain"
  | "other-rcode"
  | "upward-referral"
  | "not-authoritative"
  | "malformed";

/** What came of asking one address over one transport for the SOA of a zone that it should serve. */
export type SoaAsked =
  | { state: "authoritative" }
  | { state: "lame"; how: Lameness }
  | { state: "silent"; why: "timeout" | "network"; tries: number }
  | { state: "not asked"; why: "no-route" | "special-address" | "budget" };

export type ServerAsked = {
  udp: SoaAsked;
  tcp: SoaAsked;
  soa?: SoaSeen & { refresh: number };
  /** The NS set of the zone by its own word. */
  ns?: NsSeen;
};

/** Asks one address whether it serves a zone: SOA over UDP and TCP, and the NS set. Silence is met with a second try. */
export async function askZoneServer(session: IterativeSession, address: string, apex: string): Promise<ServerAsked> {
  const timeoutMs = session.options.timeoutMs ?? 800;
  const ask = (type: number, transport: Transport): Promise<Exchange | NotFound> =>
    session.ask(address, apex, type, { transport, timeoutMs });
  const [udpDone, tcpDone] = await Promise.all([ask(TYPE.SOA, "udp"), ask(TYPE.SOA, "tcp")]);
  const [udp, tcp] = [soaAsked(udpDone, apex), soaAsked(tcpDone, apex)];
  const soa = soaIn(udpDone, apex) ?? soaIn(tcpDone, apex);
  if (udp.state !== "authoritative" && tcp.state !== "authoritative") return { udp, tcp, ...(soa && { soa }) };
  const nsDone = await ask(TYPE.NS, udp.state === "authoritative" ? "udp" : "tcp");
  const nsRecords = recordsAt(messageOf(nsDone)?.answers ?? [], apex, TYPE.NS);
  return { udp, tcp, ...(soa && { soa }), ...(nsRecords.length > 0 && { ns: nsSeen(nsRecords) }) };
}

const messageOf = (done: Exchange | NotFound): Message | undefined =>
  "reason" in done || done.result === "failed" ? undefined : done.message;

function soaIn(done: Exchange | NotFound, apex: string): ServerAsked["soa"] | undefined {
  const message = messageOf(done);
  const [record] = message?.authoritative ? recordsAt(message.answers, apex, TYPE.SOA) : [];
  if (!record) return undefined;
  const { mname, serial, refresh, minimum } = readSoa(record.data);
  return { mname, serial, refresh, ttl: record.ttl, minimum, negativeTtl: Math.min(record.ttl, minimum) };
}

function soaAsked(done: Exchange | NotFound, apex: string): SoaAsked {
  if ("reason" in done) return notHeard(done.reason, 0);
  if (done.result === "failed") return notHeard(done.failure, done.queries);
  return soaReading(done.message, apex);
}

/** What a failure says of the server: nothing, where the limits, or this machine's lack of a way, kept us from hearing it. */
function notHeard(reason: UnknownReason, tries: number): SoaAsked {
  if (reason === "no-route" || reason === "special-address") return { state: "not asked", why: reason };
  if (reason === "malformed" || reason === "distrusted") return { state: "lame", how: "malformed" };
  if (tries > 0 && (reason === "timeout" || reason === "network")) return { state: "silent", why: reason, tries };
  return { state: "not asked", why: "budget" };
}

/** Reads the reply of a server to the question for the SOA of the zone `apex`. */
function soaReading(message: Message, apex: string): SoaAsked {
  const { rcode, authoritative, truncated, answers, authority } = message;
  const lame = (how: Lameness): SoaAsked => ({ state: "lame", how });
  if (rcode === RCODE.REFUSED) return lame("refused");
  if (rcode === RCODE.SERVFAIL) return lame("servfail");
  if (rcode === RCODE.NXDOMAIN) return lame("nxdomain");
  if (rcode !== RCODE.NOERROR) return lame("other-rcode");
  if (authoritative && (truncated || recordsAt(answers, apex, TYPE.SOA).length > 0)) return { state: "authoritative" };
  // "Ask those above, they know": a server that was never told of the zone (RFC 1912 §2.8).
  const upward = authority.some(({ type, name }) => type === TYPE.NS && name !== apex && isAtOrBelow(apex, name));
  return lame(upward && answers.length === 0 && !authoritative ? "upward-referral" : "not-authoritative");
}
