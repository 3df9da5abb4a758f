import { readName, readRrsig, readSoa, TYPE, type Message, type ResourceRecord } from "chancery/dns";
import { inParallel } from "../authorities/parallel.ts";
import { classifyAuthoritative, recordsAt } from "../classify.ts";
import type { Delegation, NameServer } from "../resolution.ts";
import { IterativeSession, type IterativeOptions } from "../session.ts";

/** What one address of the zone says of its keys. RDATA in base64, times in seconds. */
export type ZoneServerKeys = { address: string } & (
  | {
      state: "answered";
      serial: number;
      dnskeys: string[];
      dnskeyTtl: number;
      /** Key tags of the signatures over the SOA record. */
      signers: number[];
      cds: string[];
      cdnskey: string[];
      /** Epoch seconds: the first end of the signatures over the SOA and DNSKEY records. */
      expiresAt?: number;
    }
  | { state: "unknown"; reason: string }
);

/** What one address of the parent says of the DS records; `ttl` is that of their absence where there are none. */
export type ParentServerDs = { address: string } & (
  | { state: "answered"; ds: ResourceRecord[]; ttl: number }
  | { state: "unknown"; reason: string }
);

/** A zone's keys at every address of its servers, and its DS records at every address of its parent. `gaps`: why there may be more. */
export type ZoneKeysObserved = { servers: ZoneServerKeys[]; parents: ParentServerDs[]; gaps: string[] };

const limits = { queriesMax: 400, totalMs: 20_000, timeoutMs: 1500 };
/** What is assumed where an absence came without SOA: the longest that RFC 2308 §5 finds sensible. */
const unmeasuredNegativeTtl = 10_800;

/** Asks everybody who answers for the zone `apex`, or for its delegation, directly. `now`: epoch seconds. */
export async function observeZoneKeys(
  apex: string,
  now: number,
  options: IterativeOptions = {},
  signal?: AbortSignal,
): Promise<ZoneKeysObserved> {
  const session = new IterativeSession({ ...limits, ...options }, signal);
  const gaps: string[] = [];
  const above = await session.find(apex, TYPE.DS);
  if ("reason" in above) gaps.push(`the parent zone cannot be asked: ${above.reason}`);
  const parent = "reason" in above ? undefined : above.zone;
  const parentAddresses = parent === undefined ? [] : await addressesOf(session, parent.servers, gaps);
  const parents = await inParallel(parentAddresses, (address) => askParent(session, address, apex, parent!));
  const names = await nameServersOf(session, apex, gaps);
  const addresses = await addressesOf(session, names, gaps);
  const servers = await inParallel(addresses, (address) => askServer(session, address, apex, now));
  return { servers, parents, gaps: [...new Set(gaps)] };
}

/** Those that the delegation names and those that the zone itself names. */
async function nameServersOf(session: IterativeSession, apex: string, gaps: string[]): Promise<NameServer[]> {
  const found = await session.find(apex, TYPE.NS);
  const passed = session.passed.find((zone) => zone.apex === apex)?.servers ?? [];
  if ("reason" in found) {
    gaps.push(`the zone's own servers cannot be asked: ${found.reason}`);
    return [...passed];
  }
  if (found.classified.kind !== "records") {
    gaps.push("the zone is not delegated to anybody");
    return [...passed];
  }
  const own = found.classified.records.map((record) => readName(record.data));
  const beside = own.filter((name) => !passed.some((server) => server.name === name));
  return [...passed, ...beside.map((name) => ({ name, addresses: [] }))];
}

async function addressesOf(
  session: IterativeSession,
  servers: readonly NameServer[],
  gaps: string[],
): Promise<string[]> {
  const all = new Set<string>();
  for (const { name, addresses } of servers) {
    const own = await session.addressesOf(name, "both", 0);
    if (own.unknown !== undefined) gaps.push(`the addresses of ${name} are not known: ${own.unknown}`);
    for (const address of [...addresses, ...own.addresses]) all.add(address);
  }
  return [...all];
}

async function askParent(
  session: IterativeSession,
  address: string,
  apex: string,
  parent: Delegation,
): Promise<ParentServerDs> {
  const heard = await ask(session, address, apex, TYPE.DS);
  if (typeof heard === "string") return { address, state: "unknown", reason: heard };
  const classified = classifyAuthoritative(heard, apex, TYPE.DS, parent.apex);
  if (classified.kind === "records") {
    const ttl = Math.max(...classified.records.map((record) => record.ttl));
    return { address, state: "answered", ds: classified.records, ttl };
  }
  if (classified.kind === "absent")
    return { address, state: "answered", ds: [], ttl: classified.negativeTtl ?? unmeasuredNegativeTtl };
  return { address, state: "unknown", reason: classified.kind === "failed" ? classified.reason : "lame" };
}

async function askServer(
  session: IterativeSession,
  address: string,
  apex: string,
  now: number,
): Promise<ZoneServerKeys> {
  const soa = await askApex(session, address, apex, TYPE.SOA);
  if (typeof soa === "string") return { address, state: "unknown", reason: soa };
  const [record] = soa.records;
  if (record === undefined) return { address, state: "unknown", reason: "it gives no SOA record" };
  const dnskey = await askApex(session, address, apex, TYPE.DNSKEY);
  const cds = await askApex(session, address, apex, TYPE.CDS);
  const cdnskey = await askApex(session, address, apex, TYPE.CDNSKEY);
  for (const answer of [dnskey, cds, cdnskey])
    if (typeof answer === "string") return { address, state: "unknown", reason: answer };
  const [keys, asked, askedKeys] = [dnskey, cds, cdnskey] as Answered[];
  const ends = [...soa.signatures, ...keys!.signatures].map(({ expiration }) => now + ((expiration - now) | 0));
  return {
    address,
    state: "answered",
    serial: readSoa(record.data).serial,
    dnskeys: keys!.records.map(base64),
    dnskeyTtl: Math.max(0, ...keys!.records.map(({ ttl }) => ttl)),
    signers: soa.signatures.map(({ keyTag }) => keyTag),
    cds: asked!.records.map(base64),
    cdnskey: askedKeys!.records.map(base64),
    ...(ends.length > 0 && { expiresAt: Math.min(...ends) }),
  };
}

type Answered = { records: ResourceRecord[]; signatures: { keyTag: number; expiration: number }[] };

/** The records of one type at the apex, with what signs them; a word where there is no answer. */
async function askApex(
  session: IterativeSession,
  address: string,
  apex: string,
  type: number,
): Promise<Answered | string> {
  const heard = await ask(session, address, apex, type);
  if (typeof heard === "string") return heard;
  const classified = classifyAuthoritative(heard, apex, type, apex);
  if (classified.kind === "absent") return { records: [], signatures: [] };
  if (classified.kind !== "records") return classified.kind === "failed" ? classified.reason : "lame";
  const signatures = recordsAt(heard.answers, apex, TYPE.RRSIG).flatMap(({ data }) => {
    const read = readRrsig(data);
    return read.ok && read.value.typeCovered === type ? [read.value] : [];
  });
  return { records: classified.records, signatures };
}

async function ask(session: IterativeSession, address: string, name: string, type: number): Promise<Message | string> {
  const timeoutMs = session.options.timeoutMs ?? limits.timeoutMs;
  const done = await session.ask(address, name, type, { timeoutMs, attempts: 2, dnssecOk: true });
  if ("reason" in done) return done.reason;
  return done.result === "failed" ? (session.limitReached() ?? done.failure) : done.message;
}

const base64 = ({ data }: ResourceRecord): string => Buffer.from(data).toString("base64");
