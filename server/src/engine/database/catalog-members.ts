import { randomBytes } from "node:crypto";
import { catalogApex, catalogMemberRecords } from "chancery/dns";
import { sql } from "kysely";
import { listRecordsBySource, putRecords, removeRecordsBySource } from "./records.ts";
import type { Database, Transaction, ZoneRow } from "./schema.ts";

/** 80 random bits: no label comes twice, and none says anything of its zone (RFC 9432 §4.1). */
const labelOctets = 10;

const memberPrefix = "member:";
const sourceOf = (zoneId: string): string => `${memberPrefix}${zoneId}`;

/** The catalog zone that is served, if there is one. */
export async function findCatalog(db: Database): Promise<ZoneRow | undefined> {
  return db
    .selectFrom("zones")
    .selectAll()
    .where("kind", "=", sql.lit("catalog")) // a literal, or its partial index is passed over
    .where("removedAt", "is", null)
    .executeTakeFirst();
}

/** Lists zones in the catalog, under labels that they never had: secondaries forget what they knew of them (RFC 9432 §5.4). */
export async function addCatalogMembers(
  trx: Transaction,
  catalog: ZoneRow,
  zones: readonly Pick<ZoneRow, "id" | "origin">[],
): Promise<void> {
  const records = zones.flatMap(({ id, origin }) => {
    const label = randomBytes(labelOctets).toString("hex");
    return catalogMemberRecords(catalog.origin, { label, zone: origin }).map((record) => ({
      ...record,
      source: sourceOf(id),
    }));
  });
  await putRecords(trx, catalog.id, records);
}

/** Takes a zone out of the catalog; false when it was not in it. */
export async function removeCatalogMember(trx: Transaction, catalog: ZoneRow, zoneId: string): Promise<boolean> {
  return (await removeRecordsBySource(trx, catalog.id, sourceOf(zoneId))) > 0;
}

/** Writes what the catalog holds besides its members, with this serial. */
export async function putCatalogApex(trx: Transaction, catalog: ZoneRow, serial: number): Promise<void> {
  const [soa, ...others] = catalogApex(catalog.origin, serial);
  await removeRecordsBySource(trx, catalog.id, "soa");
  if (soa !== undefined) await putRecords(trx, catalog.id, [{ ...soa, source: "soa" }]);
  if ((await listRecordsBySource(trx, catalog.id, "ns")).length > 0) return;
  await putRecords(
    trx,
    catalog.id,
    others.map((record) => ({ ...record, source: "ns" })),
  );
}

/** Zones that are served and not listed, and the ids of listed ones that are served no more: what an older program left behind. */
export async function catalogDifference(
  trx: Transaction,
  catalog: ZoneRow,
): Promise<{ missing: Pick<ZoneRow, "id" | "origin">[]; stale: string[] }> {
  const missing = await trx
    .selectFrom("zones")
    .select(["id", "origin"])
    .where("removedAt", "is", null)
    .where("kind", "!=", "catalog")
    .where((where) =>
      where.not(
        where.exists(
          where
            .selectFrom("records")
            .select("seq")
            .where("zoneId", "=", catalog.id)
            .where("source", "=", sql<string>`${memberPrefix} || zones.id`),
        ),
      ),
    )
    .orderBy("origin")
    .execute();
  const stale = await trx
    .selectFrom("records")
    .select("source")
    .distinct()
    .where("zoneId", "=", catalog.id)
    .where("source", "like", `${memberPrefix}%`)
    .where((where) =>
      where.not(
        where.exists(
          where
            .selectFrom("zones")
            .select("id")
            .where("removedAt", "is", null)
            .where("id", "=", sql<string>`substr(records.source, ${sql.lit(memberPrefix.length + 1)})`),
        ),
      ),
    )
    .execute();
  return { missing, stale: stale.map(({ source }) => source.slice(memberPrefix.length)) };
}
