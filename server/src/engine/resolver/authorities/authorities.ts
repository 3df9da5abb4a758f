import { randomBytes } from "node:crypto";
import { childName, parentName, readSoa, TYPE, typeName, type ResourceRecord } from "chancery/dns";
import { answerOf, askAddress, type Heard } from "./ask-address.ts";
import type { Transport } from "../transport/exchange.ts";
import type {
  AddressObserved,
  AuthorityAnswer,
  AuthorityObservation,
  NameObserved,
  ServerObserved,
  SoaSeen,
  ZoneObserved,
} from "./observation.ts";
import { inParallel } from "./parallel.ts";
import { negativeTtlOf, type Alias } from "../resolution.ts";
import { IterativeSession, type IterativeOptions } from "../session.ts";
import { nsSeen, serversBeside, zoneAround } from "./zone-authorities.ts";

/** More than one lookup may cost: a chain of three zones with four servers each is about 120 queries. */
const observationLimits = { queriesMax: 200, totalMs: 20_000, timeoutMs: 1500 };

/**
 * Asks every authoritative address of every zone on the chain from `name`, directly, RD=0, over UDP and over TCP, what it
 * says about the name; and each for the SOA and NS of its zone and for a random sibling of the name. Authoritative are the servers that
 * the delegation names and those that the zone names beside them: a resolver that has asked it once goes by its own word (RFC 2181 §5.4.1).
 * The chain is the one that a walk from the root finds; where servers disagree about an alias, the walk took one of the answers.
 */
export async function observeAtAuthorities(
  name: string,
  type: number,
  options: IterativeOptions = {},
  signal?: AbortSignal,
): Promise<AuthorityObservation> {
  const session = new IterativeSession({ ...observationLimits, ...options }, signal);
  const names: NameObserved[] = [];
  const aliases: Alias[] = [];
  const seen = new Set([name]);
  let at = name;
  const ended = (end: Pick<AuthorityObservation, "outcome" | "reason">): AuthorityObservation => ({
    name,
    type: typeName(type),
    names,
    aliases,
    finalName: at,
    ...end,
    exchanges: session.exchanges,
  });
  for (;;) {
    const found = await session.find(at, type);
    if ("reason" in found) return ended({ outcome: "unknown", reason: found.reason });
    const zone = await zoneAround(session, at, found);
    names.push(await observeName(session, at, type, zone));
    const { classified } = found;
    if (classified.kind === "absent") return ended({ outcome: "absent", reason: classified.reason });
    if (classified.kind === "records") return ended({ outcome: "present" });
    aliases.push({ name: at, ...classified.alias, zone: zone.apex, server: found.server });
    at = classified.alias.target;
    if (seen.has(at)) return ended({ outcome: "unknown", reason: "alias-loop" });
    if (aliases.length > (options.aliasesMax ?? 8))
      return ended({ outcome: "unknown", reason: "alias-chain-too-long" });
    seen.add(at);
  }
}

async function observeName(
  session: IterativeSession,
  name: string,
  type: number,
  zone: ZoneObserved,
): Promise<NameObserved> {
  const delegated = await observeServers(session, name, type, zone.apex, zone.servers, new Set());
  const beside = await serversBeside(session, zone.servers, delegated);
  const known = new Set(delegated.map(({ address }) => address));
  const addresses = [...delegated, ...(await observeServers(session, name, type, zone.apex, beside, known))];
  const negativeTtls = addresses.flatMap((seen) => seen.soa?.negativeTtl ?? []);
  const negative = negativeTtls.length > 0 ? { negativeTtl: Math.max(...negativeTtls) } : {};
  return { name, zone: { ...zone, servers: [...zone.servers, ...beside], ...negative }, addresses };
}

/** What each address of these servers says, but for those that were asked. */
function observeServers(
  session: IterativeSession,
  name: string,
  type: number,
  apex: string,
  servers: readonly ServerObserved[],
  asked: ReadonlySet<string>,
): Promise<AddressObserved[]> {
  const serversOf = new Map<string, string[]>();
  for (const server of servers) {
    for (const { address } of server.addresses)
      if (!asked.has(address)) serversOf.set(address, [...(serversOf.get(address) ?? []), server.name]);
  }
  return inParallel([...serversOf], ([address, names]) =>
    observeAddress(session, { address, servers: names, name, type, apex }),
  );
}

type At = { address: string; servers: string[]; name: string; type: number; apex: string };

/** One server is asked one thing at a time; one that kept silent over both transports is not asked the rest. */
async function observeAddress(session: IterativeSession, at: At): Promise<AddressObserved> {
  const { address, servers, name, type, apex } = at;
  const ask = (asked: string, askedType: number, transport: Transport): Promise<Heard> =>
    askAddress(session, { address, name: asked, type: askedType, apex, transport });
  const udp = answerOf(await ask(name, type, "udp"));
  const tcp = answerOf(await ask(name, type, "tcp"));
  const dead = isSilent(udp) && isSilent(tcp);
  const soa = dead ? undefined : soaOf(await ask(apex, TYPE.SOA, "udp"));
  const ns = dead ? undefined : recordsOf(await ask(apex, TYPE.NS, "udp"));
  const parent = parentName(name);
  const sibling =
    name === apex || parent === undefined ? undefined : childName(randomBytes(12).toString("hex"), parent);
  const probed = sibling === undefined || dead ? undefined : await ask(sibling, type, "udp");
  return {
    address,
    servers,
    udp,
    tcp,
    ...(soa ? { soa } : {}),
    ...(ns ? { ns: nsSeen(ns) } : {}),
    wildcard: wildcardOf(sibling, probed),
  };
}

const isSilent = (answer: AuthorityAnswer): boolean =>
  answer.state === "unknown" && ["timeout", "network", "no-route"].includes(answer.reason);

const recordsOf = ({ classified }: Heard): ResourceRecord[] | undefined =>
  classified.kind === "records" ? classified.records : undefined;

function soaOf(heard: Heard): SoaSeen | undefined {
  const [record] = recordsOf(heard) ?? [];
  if (!record) return undefined;
  const { mname, serial, minimum } = readSoa(record.data);
  return { mname, serial, ttl: record.ttl, minimum, negativeTtl: negativeTtlOf(record) };
}

function wildcardOf(sibling: string | undefined, probed: Heard | undefined): AddressObserved["wildcard"] {
  if (sibling === undefined) return "not-asked";
  const kind = probed?.classified.kind;
  if (kind === "records" || kind === "alias" || kind === "truncated") return "present";
  return kind === "absent" ? "absent" : "unknown";
}
