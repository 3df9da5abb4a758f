import { readName, readTxt, TYPE } from "chancery/dns";
import { listRecordsAt } from "../../server/src/engine/database/records.ts";
import type { Database } from "../../server/src/engine/database/schema.ts";
import { findZoneByOrigin, listZones } from "../../server/src/engine/database/zones.ts";
import type {
  AddressObserved,
  AuthorityAnswer,
  AuthorityObservation,
  NameObserved,
} from "../../server/src/engine/resolver/authorities/observation.ts";

/** What the customer has published: an alias, the name servers of a branch, or texts. */
export type CustomerRecords = Map<
  string,
  { alias: string } | { servers: readonly string[] } | { texts: readonly string[] }
>;

export type FakeAuthorities = {
  observe: (name: string) => Promise<AuthorityObservation>;
  /** Addresses that answer nothing. Ours are 192.0.2.1 and 192.0.2.2, the customer's 198.51.100.1 and 198.51.100.2. */
  silent: Set<string>;
  published: CustomerRecords;
  /** Addresses that came back with a zone from before a record of ours: which record that is. */
  old: Map<string, string>;
  /** What our servers say at a name instead of what the database has; "": nothing. */
  instead: Map<string, string>;
  /** Names whose answers validating receivers refuse, since a DS record names no key of the zone. */
  bogus: Set<string>;
  /** How often anything was asked. */
  asked: () => number;
};

type Parents = NameObserved["zone"]["parents"];

const ttl = 5;
const negativeTtl = 2;
const ours = ["192.0.2.1", "192.0.2.2"];
const theirs = ["198.51.100.1", "198.51.100.2"];

/** Authoritative servers of a customer's zone, and of our own zones as the database has them at the moment. */
export function fakeAuthorities(db: Database, customerZone: string): FakeAuthorities {
  const silent = new Set<string>();
  const published: CustomerRecords = new Map();
  const old = new Map<string, string>();
  const instead = new Map<string, string>();
  const bogus = new Set<string>();
  let asked = 0;
  const absent: AuthorityAnswer = { rttMs: 1, rcode: "NXDOMAIN", state: "absent", reason: "nxdomain", negativeTtl };

  function at(
    name: string,
    apex: string,
    addresses: string[],
    said: AuthorityAnswer,
    parents: Parents = [],
  ): NameObserved {
    const answered = (address: string): AuthorityAnswer =>
      silent.has(address)
        ? { rttMs: 0, state: "unknown", reason: "timeout" }
        : old.get(address) === name
          ? absent
          : said;
    return {
      name,
      zone: {
        apex,
        parent: parents.length > 0 ? customerZone : "example",
        ns: { names: addresses.map((_, index) => `ns${index}.${apex}`), ttl },
        servers: addresses.map((address, index) => ({
          name: `ns${index}.${apex}`,
          addresses: [{ address, source: "both" }],
        })),
        parents,
        ds: "absent",
        negativeTtl,
      },
      addresses: addresses.map((address, index): AddressObserved => ({
        address,
        servers: [`ns${index}.${apex}`],
        udp: answered(address),
        tcp: answered(address),
        wildcard: silent.has(address) ? "unknown" : "absent",
      })),
    };
  }

  /** What our own servers say about a name, from the rows of the zone that holds it. */
  async function own(name: string, parents: Parents = []): Promise<NameObserved | undefined> {
    const zones = (await listZones(db, { limit: 100 })).rows.filter(
      ({ origin }) => name === origin || name.endsWith(`.${origin}`),
    );
    const zone = zones.toSorted((a, b) => b.origin.length - a.origin.length)[0];
    if (zone === undefined) return undefined;
    const rows = (await listRecordsAt(db, zone.id, name)).filter(({ type }) => type === TYPE.TXT);
    const other = instead.get(name);
    const texts = other === undefined ? rows.map((row) => readTxt(row.data).join("")) : other === "" ? [] : [other];
    const records = texts.map((text) => ({ ttl, data: "", text }));
    return at(
      name,
      zone.origin,
      ours,
      records.length === 0 ? absent : { rttMs: 1, state: "records", records },
      parents,
    );
  }

  /** The uppermost delegation of the customer's: below it nobody asks the customer's zone. */
  const cutAbove = (name: string): [string, readonly string[]] | undefined =>
    [...published]
      .flatMap(([owner, content]): [string, readonly string[]][] =>
        "servers" in content && (name === owner || name.endsWith(`.${owner}`)) ? [[owner, content.servers]] : [],
      )
      .toSorted(([a], [b]) => a.length - b.length)[0];

  /** What the parent of the zone of ours that holds a name says. A zone of ours within another one of ours is its own parent's word. */
  async function parentsOf(name: string, [owner, servers]: [string, readonly string[]]): Promise<Parents> {
    const apex = (await own(name))?.zone.apex;
    const zone = apex === undefined || apex === owner ? undefined : await findZoneByOrigin(db, apex);
    const hosts = zone === undefined ? servers : await nsAt(zone.id, zone.origin);
    const ns = { names: [...hosts].sort(), ttl };
    return (zone === undefined ? theirs : ours).map((address) => ({ address, state: "delegated" as const, ns }));
  }
  const nsAt = async (zoneId: string, name: string): Promise<string[]> =>
    (await listRecordsAt(db, zoneId, name)).filter(({ type }) => type === TYPE.NS).map(({ data }) => readName(data));

  /** Where a name of a zone of ours leads. */
  async function aliasAt(name: string, origin: string): Promise<string | undefined> {
    const zone = await findZoneByOrigin(db, origin);
    const records = zone === undefined ? [] : await listRecordsAt(db, zone.id, name);
    const alias = records.find(({ type }) => type === TYPE.CNAME);
    return alias && readName(alias.data);
  }

  async function namesFrom(name: string): Promise<NameObserved[]> {
    const cut = cutAbove(name);
    if (cut !== undefined) {
      const held = await own(name, await parentsOf(name, cut));
      if (held === undefined) return [];
      const target = await aliasAt(name, held.zone.apex);
      if (target === undefined) return [held];
      const alias: AuthorityAnswer = { rttMs: 1, state: "alias", alias: { target, ttl } };
      const step = at(name, held.zone.apex, ours, alias, held.zone.parents);
      return [step, ...[await own(target)].filter((one) => one !== undefined)];
    }
    if (!name.endsWith(`.${customerZone}`)) return [await own(name)].filter((held) => held !== undefined);
    const content = published.get(name);
    if (content !== undefined && "texts" in content) {
      const records = content.texts.map((text) => ({ ttl, data: "", text }));
      return [at(name, customerZone, theirs, { rttMs: 1, state: "records", records })];
    }
    if (content === undefined || !("alias" in content)) return [at(name, customerZone, theirs, absent)];
    const alias = { target: content.alias, ttl };
    const target = await own(content.alias);
    return [
      at(name, customerZone, theirs, { rttMs: 1, state: "alias", alias }),
      ...(target === undefined ? [] : [target]),
    ];
  }

  return {
    silent,
    published,
    old,
    instead,
    bogus,
    asked: () => asked,
    observe: async (name) => {
      asked++;
      const names = await namesFrom(name);
      return {
        name,
        type: "TXT",
        names,
        aliases: [],
        finalName: names.at(-1)?.name ?? name,
        outcome: "present",
        ...refusedAmong(names),
        exchanges: [],
      };
    },
  };

  function refusedAmong(names: readonly NameObserved[]): Pick<AuthorityObservation, "refused"> {
    const refused = names.find(({ name }) => bogus.has(name));
    if (refused === undefined) return {};
    const zone = refused.zone.apex;
    const record = { name: zone, type: "DNSKEY" };
    return { refused: { name: refused.name, dnssec: { state: "bogus", zone, record, reason: "ds-without-key" } } };
  }
}
