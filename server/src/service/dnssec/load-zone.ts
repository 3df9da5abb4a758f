import { dsDigest, readDnskey, readSoa, TYPE } from "chancery/dns";
import { listRecordsAt } from "../../engine/database/records.ts";
import type { Database, ZoneKeyRow, ZoneRow, ZoneSigningRow } from "../../engine/database/schema.ts";
import { findZoneSigning, listZoneKeyFacts, listZoneKeys } from "../../engine/database/zone-keys.ts";
import { findZone } from "../../engine/database/zones.ts";
import { dsText } from "../../model/dnssec/ds-text.ts";
import { readZoneKeyFact, type ZoneKeyFact } from "../../model/dnssec/zone-key-fact.ts";
import type { ZoneKey, ZoneKeysState } from "../../model/dnssec/zone-key.ts";
import type { Seconds } from "../../model/seconds.ts";

/** A signed zone as the database has it, with everything that was ever recorded about its keys. */
export type LoadedZone = {
  zone: ZoneRow;
  signing: ZoneSigningRow;
  keyRows: readonly ZoneKeyRow[];
  state: Omit<ZoneKeysState, "look" | "trustedMs">;
};

/** Undefined: no such zone, or one that was never signed. */
export async function loadZone(db: Database, zoneId: string, dnskeyTtl: Seconds): Promise<LoadedZone | undefined> {
  const zone = await findZone(db, zoneId);
  const signing = await findZoneSigning(db, zoneId);
  if (zone === undefined || signing === undefined) return undefined;
  const keyRows = await listZoneKeys(db, [zoneId]);
  const keys = await zoneKeysOf(db, zone.origin, keyRows);
  const { goal, algorithm } = signing;
  const ttls = await ttlsOf(db, zone, signing, dnskeyTtl);
  return { zone, signing, keyRows, state: { goal, algorithm, keys, ttls } };
}

/** Rows of keys, with their facts and the DS records that name them. */
export async function zoneKeysOf(db: Database, origin: string, rows: readonly ZoneKeyRow[]): Promise<ZoneKey[]> {
  const facts = new Map<string, ZoneKeyFact[]>(rows.map(({ id }) => [id, []]));
  for (const fact of await listZoneKeyFacts(db, [...facts.keys()])) facts.get(fact.keyId)?.push(readZoneKeyFact(fact));
  return rows.map(({ id, role, algorithm, keyTag, dnskey }) => ({
    id,
    role,
    algorithm,
    keyTag,
    dnskey,
    ds: dsTextsOf(origin, dnskey),
    facts: facts.get(id) ?? [],
  }));
}

/** SHA-256, which is what we ask for, and SHA-384, which some parents make of a CDNSKEY record. */
const digestTypes = [2, 4] as const;

function dsTextsOf(origin: string, dnskey: string): string[] {
  const key = readDnskey(Buffer.from(dnskey, "base64"));
  if (!key.ok) throw new Error(`the DNSKEY record of a key of ${origin} is none: ${key.problem}`);
  return digestTypes.map((digestType) => {
    const digest = dsDigest(origin, key.value, digestType)!;
    return dsText({ keyTag: key.value.keyTag, algorithm: key.value.algorithm, digestType, digest });
  });
}

/** The longest TTL is that of any record of the zone, the negative one that of its SOA. */
async function ttlsOf(
  db: Database,
  zone: ZoneRow,
  { longestTtl }: ZoneSigningRow,
  dnskeyTtl: Seconds,
): Promise<ZoneKeysState["ttls"]> {
  const { longest } = await db
    .selectFrom("records")
    .select((row) => row.fn.max("ttl").as("longest"))
    .where("zoneId", "=", zone.id)
    .executeTakeFirstOrThrow();
  const apex = await listRecordsAt(db, zone.id, zone.origin);
  const soa = apex.find(({ type }) => type === TYPE.SOA);
  const negative = soa === undefined ? dnskeyTtl : Math.min(soa.ttl, readSoa(soa.data).minimum);
  const published = apex.filter(({ type }) => type === TYPE.DNSKEY).map(({ ttl }) => ttl);
  return {
    dnskey: Math.max(dnskeyTtl, ...published),
    longest: Math.max(longestTtl, longest ?? 0, dnskeyTtl),
    negative,
  };
}
