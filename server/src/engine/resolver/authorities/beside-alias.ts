import { readNsec, TYPE, typeName, type Message } from "chancery/dns";
import { recordsAt } from "../classify.ts";
import type { ExchangeOptions } from "../transport/exchange.ts";
import type { IterativeSession } from "../session.ts";

/** A type that a server shows at a name that it says is an alias, and how it came to light. */
export type TypeBeside = { type: string; how: "asked for" | "in ANY" | "in NSEC" };

/** What may stand beside an alias (RFC 2181 §10.1, RFC 4034 §2.3, RFC 6672 §2.4); HINFO is how ANY is turned down (RFC 8482). */
const allowed: ReadonlySet<number> = new Set([TYPE.CNAME, TYPE.RRSIG, TYPE.NSEC, TYPE.HINFO]);

/**
 * AUD-C-07: an alias with other data cannot be asked for directly. What a server gives away: ANY over TCP, which may be
 * answered in part (RFC 8482 §4.1), the bitmap of the NSEC record, a type that is answered without the alias.
 */
export async function typesBesideAlias(
  session: IterativeSession,
  address: string,
  name: string,
): Promise<TypeBeside[]> {
  const any = await ask(session, address, name, TYPE.ANY, { transport: "tcp", attempts: 1, dnssecOk: true });
  const inAny = besides(typesAt(any, name), "in ANY");
  if (inAny.length > 0 && recordsAt(any?.answers ?? [], name, TYPE.CNAME).length > 0) return inAny;
  const nsec = await ask(session, address, name, TYPE.NSEC, { transport: "udp", attempts: 1, dnssecOk: true });
  const [record] = recordsAt(nsec?.answers ?? [], name, TYPE.NSEC);
  const bitmap = record && readNsec(record);
  // A record made up for the question, next to nothing (RFC 9824 §3), lists what suits the answer, not what is there.
  const inNsec = bitmap?.ok && !bitmap.value.next.startsWith("\\000.") ? besides(bitmap.value.types, "in NSEC") : [];
  if (inNsec.length > 0) return inNsec;
  const mx = await ask(session, address, name, TYPE.MX, { transport: "udp", attempts: 1 });
  const isWithoutAlias = mx !== undefined && recordsAt(mx.answers, name, TYPE.CNAME).length === 0;
  return isWithoutAlias && recordsAt(mx.answers, name, TYPE.MX).length > 0 ? [{ type: "MX", how: "asked for" }] : [];
}

async function ask(
  session: IterativeSession,
  address: string,
  name: string,
  type: number,
  options: ExchangeOptions,
): Promise<Message | undefined> {
  const done = await session.ask(address, name, type, { timeoutMs: session.options.timeoutMs ?? 800, ...options });
  const message = "reason" in done || done.result === "failed" ? undefined : done.message;
  return message?.authoritative ? message : undefined;
}

const typesAt = (message: Message | undefined, name: string): number[] => [
  ...new Set(recordsAt(message?.answers ?? [], name, TYPE.ANY).map(({ type }) => type)),
];

const besides = (types: readonly number[], how: TypeBeside["how"]): TypeBeside[] =>
  types.filter((type) => !allowed.has(type)).map((type) => ({ type: typeName(type), how }));
