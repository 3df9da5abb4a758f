import {
  childName,
  parentName,
  parseName,
  parseZoneFile,
  RCODE,
  rdataFromText,
  readName,
  TYPE,
  txtData,
  txtDataOf,
  typeNumber,
  type Parsed,
  type ResourceRecord,
} from "chancery/dns";
import { aliasAt } from "./classify.ts";
import { negativeTtlOf, type Alias, type Lookup, type Resolution } from "./resolution.ts";

/** What a file says of one name: its records, or how asking for it fails. */
type Entry = { records: ResourceRecord[]; failure?: "servfail" | "timeout" };
/** Names with an entry, and their ancestors, which exist without one. */
type Names = ReadonlyMap<string, Entry>;

const ttlSeconds = 3600;
/** What full resolvers follow. */
const aliasesMax = 16;

/** `namesListed`: every name with an entry, but those of name servers, which are there for their addresses. `zone`: of a master file alone. */
export type Fixture = Lookup & { namesListed: readonly string[]; zone?: ZoneFile };

/** `apexes`: the zones of the file; where it is one, the file speaks of no name outside. */
export type ZoneFile = { apexes: readonly string[]; occluded: readonly Occluded[] };

/** A name with records below a cut of the zone that it was written into: no server shows it (RFC 2181 §6.1). */
export type Occluded = { name: string; cut: string };

/**
 * A DNS of its own from a file, so that nothing is asked of the network: JSON of the form
 * `{"name": {"TXT": ["..."], "CNAME": "..."} | {"error": "SERVFAIL" | "TIMEOUT"}}`, or a master file. A name not listed does
 * not exist, an ancestor of a listed name and a type not listed have no data, a CNAME beside TXT is served as both, and `*`
 * is a wildcard (RFC 4592).
 */
export function parseFixture(text: string): Parsed<Fixture> {
  const isJson = text.trimStart().startsWith("{");
  const entries = isJson ? entriesOfJson(text) : entriesOfZoneFile(text);
  if (!entries.ok) return entries;
  const names = withAncestors(entries.value);
  return {
    ok: true,
    value: {
      lookup: (name, type) => Promise.resolve(lookup(names, name, type)),
      namesListed: namesListed(entries.value),
      ...(!isJson && { zone: { apexes: apexesIn(entries.value), occluded: occludedIn(entries.value) } }),
    },
  };
}

function namesListed(entries: ReadonlyMap<string, Entry>): string[] {
  const all = [...entries].flatMap(([name, { records }]) => records.map((record) => ({ name, record })));
  const servers = new Set(all.flatMap(({ record }) => (record.type === TYPE.NS ? readName(record.data) : [])));
  const isAddress = ({ type }: ResourceRecord): boolean => type === TYPE.A || type === TYPE.AAAA;
  return [...entries]
    .filter(([name, { records }]) => !servers.has(name) || !records.every(isAddress))
    .map(([name]) => name);
}

function entriesOfZoneFile(text: string): Parsed<Map<string, Entry>> {
  const records = parseZoneFile(text, { origin: ".", defaultTtl: ttlSeconds });
  if (!records.ok) return records;
  const entries = new Map<string, Entry>();
  for (const record of records.value) {
    const entry = entries.get(record.name) ?? { records: [] };
    entry.records.push(record);
    entries.set(record.name, entry);
  }
  return { ok: true, value: entries };
}

const apexesIn = (entries: ReadonlyMap<string, Entry>): string[] =>
  [...entries].flatMap(([name, { records }]) => (records.some(({ type }) => type === TYPE.SOA) ? [name] : []));

/** Names at or below NS records that are not at the top of a zone; addresses below are glue, and belong there. */
function occludedIn(entries: ReadonlyMap<string, Entry>): Occluded[] {
  const has = (name: string, type: number): boolean =>
    entries.get(name)?.records.some((record) => record.type === type) ?? false;
  return [...entries].flatMap(([name, { records }]) => {
    const cut = [...ancestors(name)].findLast((at) => has(at, TYPE.NS) && !has(at, TYPE.SOA) && hasSoaAbove(at, has));
    const belongs: readonly number[] = cut === name ? atCut : glue;
    return cut !== undefined && records.some(({ type }) => !belongs.includes(type)) ? [{ name, cut }] : [];
  });
}

const glue = [TYPE.A, TYPE.AAAA];
/** What the zone above says at a cut itself (RFC 4035 §2.6). */
const atCut = [...glue, TYPE.NS, TYPE.DS, TYPE.NSEC, TYPE.RRSIG];

/** Whether the cut is one within a zone of the file; in a file without SOA nobody can tell where the zone begins. */
const hasSoaAbove = (cut: string, has: (name: string, type: number) => boolean): boolean =>
  [...ancestors(cut)].some((name) => has(name, TYPE.SOA));

function entriesOfJson(text: string): Parsed<Map<string, Entry>> {
  const entries = new Map<string, Entry>();
  let listed: unknown;
  try {
    listed = JSON.parse(text);
  } catch (error) {
    return refused(`not JSON: ${(error as Error).message}`);
  }
  for (const [written, content] of Object.entries(listed as Record<string, unknown>)) {
    const name = parseName(written);
    if (!name.ok) return refused(`${JSON.stringify(written)}: ${name.problem}`);
    const entry = entryOf(name.value, content);
    if (!entry.ok) return refused(`${JSON.stringify(written)}: ${entry.problem}`);
    const before = entries.get(name.value)?.records ?? [];
    entries.set(name.value, { ...entry.value, records: [...before, ...entry.value.records] });
  }
  return { ok: true, value: entries };
}

function entryOf(name: string, content: unknown): Parsed<Entry> {
  if (typeof content !== "object" || content === null) return refused("expected an object of record types");
  if ("error" in content) {
    if (content.error === "SERVFAIL") return { ok: true, value: { records: [], failure: "servfail" } };
    if (content.error === "TIMEOUT") return { ok: true, value: { records: [], failure: "timeout" } };
    return refused('"error" has to be "SERVFAIL" or "TIMEOUT"');
  }
  const records: ResourceRecord[] = [];
  for (const [typeText, value] of Object.entries(content)) {
    const type = typeNumber(typeText);
    if (type === undefined) return refused(`unknown record type ${typeText}`);
    for (const item of Array.isArray(value) ? (value as unknown[]) : [value as unknown]) {
      const data = rdataOf(type, item);
      if (!data.ok) return refused(`${typeText}: ${data.problem}`);
      records.push({ name, type, ttl: ttlSeconds, data: data.value });
    }
  }
  return { ok: true, value: { records } };
}

/** TXT is the text itself, or a list of its strings; every other type is written as in a master file, final dots optional. */
function rdataOf(type: number, item: unknown): Parsed<Uint8Array> {
  if (type === TYPE.TXT && Array.isArray(item)) {
    const strings = item.map((string) => new TextEncoder().encode(String(string)));
    if (strings.some((string) => string.length > 255)) return refused("a string is longer than 255 octets");
    return { ok: true, value: txtDataOf(strings) };
  }
  if (typeof item !== "string") return refused("expected text");
  return type === TYPE.TXT ? { ok: true, value: txtData(item) } : rdataFromText(type, item, ".");
}

const refused = (problem: string): { ok: false; problem: string; offset: number } => ({
  ok: false,
  problem,
  offset: 0,
});

function withAncestors(entries: Map<string, Entry>): Names {
  const names = new Map<string, Entry>([[".", { records: [] }], ...entries]);
  for (const name of entries.keys()) {
    for (let at = parentName(name); at !== undefined && !names.has(at); at = parentName(at))
      names.set(at, { records: [] });
  }
  return names;
}

function lookup(names: Names, asked: string, type: number): Resolution {
  const canonical = parseName(asked);
  const name = canonical.ok ? canonical.value : asked;
  const aliases: Alias[] = [];
  const seen = new Set([name]);
  let at = name;
  for (;;) {
    const common = { question: { name: asked, type }, aliases, finalName: at, records: [], zones: [], exchanges: [] };
    const entry = names.get(at) ?? wildcardFor(names, at);
    if (entry?.failure) return { ...common, outcome: "unknown", reason: entry.failure };
    const records = entry?.records.filter((record) => record.type === type) ?? [];
    const cname = type === TYPE.CNAME ? undefined : entry?.records.find((record) => record.type === TYPE.CNAME);
    const alias = cname
      ? { target: readName(cname.data), ttl: cname.ttl }
      : entry
        ? undefined
        : aliasFromAbove(names, at);
    if (alias) aliases.push({ name: at, ...alias });
    if (records.length > 0) {
      const here = records.map((record) => ({ ...record, name: at }));
      return { ...common, outcome: "present", records: here, rcode: RCODE.NOERROR };
    }
    if (!alias) return { ...common, outcome: "absent", ...absence(names, at, entry !== undefined) };
    at = alias.target;
    if (seen.has(at)) return { ...common, finalName: at, outcome: "unknown", reason: "alias-loop" };
    if (aliases.length > aliasesMax) {
      return { ...common, finalName: at, outcome: "unknown", reason: "alias-chain-too-long" };
    }
    seen.add(at);
  }
}

/** What a DNAME above makes of a name that is not there itself (RFC 6672 §2.2). */
const aliasFromAbove = (names: Names, name: string): { target: string; ttl: number } | undefined =>
  aliasAt(
    [...ancestors(name)].flatMap((above) => names.get(above)?.records ?? []),
    name,
  );

function absence(names: Names, name: string, exists: boolean) {
  const soa = [...ancestors(name)]
    .flatMap((at) => names.get(at)?.records ?? [])
    .find((record) => record.type === TYPE.SOA);
  const negative = soa ? { soa, negativeTtl: negativeTtlOf(soa) } : {};
  return exists
    ? { reason: "nodata" as const, rcode: RCODE.NOERROR, ...negative }
    : { reason: "nxdomain" as const, rcode: RCODE.NXDOMAIN, ...negative };
}

function* ancestors(name: string): Generator<string> {
  for (let at: string | undefined = name; at !== undefined; at = parentName(at)) yield at;
}

/** The wildcard below the closest ancestor that exists (RFC 4592 §3.3.1). */
function wildcardFor(names: Names, name: string): Entry | undefined {
  for (const at of ancestors(name)) {
    if (names.has(at)) return names.get(childName("*", at));
  }
  return undefined;
}
