import { bumpChangeCounter } from "./change-counter.ts";
import type { Database, RecordTable, Transaction, ZoneChangeTable, ZoneVersionTable } from "./schema.ts";

/*
 * The journal of a zone: which records each of its versions took away and brought, so that a follower pays for a change and not for the zone.
 * A version is what one transaction made of a zone. A version whose changes are not kept makes followers read the zone anew.
 */

const VERSIONS_MAX = 1000;
const CHANGES_MAX = 20_000;
/** A write to more names is not kept in the journal: reading the zone anew costs about the same. */
const NAMES_MAX = 2000;
const NAMES_AT_ONCE = 500;

type Content = ZoneVersionTable["content"];
/** A record as the journal holds it; `data` is RDATA in base64. */
type Row = Pick<RecordTable, "name" | "type" | "ttl" | "data">;

/** A record that a version took away or brought, `data` being RDATA in wire form. */
export type ChangedRecord = { name: string; type: number; ttl: number; data: Uint8Array };
export type ZoneVersion = { fromSerial: number; toSerial: number; removed: ChangedRecord[]; added: ChangedRecord[] };

/**
 * What happened to a zone since a serial. `kept`: these versions, contiguous. `not kept`: it was a version of this zone, and the changes since
 * are not all there. `forgotten`: too long ago to say. `other`: this database never had that version, so it is an older copy of what was
 * served, or another database.
 */
export type ZoneHistory =
  | { since: "kept"; versions: ZoneVersion[] }
  | { since: "not kept" }
  | { since: "forgotten" }
  | { since: "other" };

/**
 * Runs a write to the records at some names of a zone and keeps what it changed. `names` undefined: at too many to say. What is kept is
 * what is served: equal records count once, and a set has the lowest of its TTLs (RFC 2181 §5).
 */
export async function journaled<T>(
  trx: Transaction,
  zoneId: string,
  names: ReadonlySet<string> | undefined,
  write: () => Promise<T>,
): Promise<T> {
  const version = await versionOf(trx, zoneId);
  if (version.content !== "kept") return write();
  if (names === undefined || names.size > NAMES_MAX) {
    await forgetChanges(trx, zoneId, "not kept");
    return write();
  }
  const before = await servedAt(trx, zoneId, names);
  const result = await write();
  const after = await servedAt(trx, zoneId, names);
  const changes: Pick<ZoneChangeTable, "kind" | keyof Row>[] = [];
  for (const [key, row] of before) if (!after.has(key)) changes.push({ kind: "removed", ...row });
  for (const [key, row] of after) if (!before.has(key)) changes.push({ kind: "added", ...row });
  if (changes.length === 0) return result;
  const changedIn = await bumpChangeCounter(trx);
  for (let from = 0; from < changes.length; from += NAMES_AT_ONCE) {
    const rows = changes
      .slice(from, from + NAMES_AT_ONCE)
      .map((change, index) => ({ ...change, zoneId, changedIn, seq: version.changesUpTo + from + index }));
    await trx.insertInto("zoneChanges").values(rows).execute();
  }
  await trx
    .updateTable("zoneVersions")
    .set({ changesUpTo: version.changesUpTo + changes.length })
    .where("zoneId", "=", zoneId)
    .where("changedIn", "=", changedIn)
    .execute();
  return result;
}

/** The names that a source has records at, or a whole zone; undefined when they are too many for the journal. */
export async function namesOf(trx: Transaction, zoneId: string, source?: string): Promise<Set<string> | undefined> {
  await bumpChangeCounter(trx); // nobody adds a name between this and what is done at them
  let query = trx.selectFrom("records").select("name").where("zoneId", "=", zoneId);
  if (source !== undefined) query = query.where("source", "=", source);
  // Not "distinct": to have the names in order SQLite would read those of the whole zone.
  const rows = await query.limit(NAMES_MAX + 1).execute();
  return rows.length > NAMES_MAX ? undefined : new Set(rows.map(({ name }) => name));
}

/** Notes the serial that this transaction gives a zone; `before` is the one it had, -1 for a new zone. Drops what is too old. */
export async function noteSerial(trx: Transaction, zoneId: string, before: number, serial: number): Promise<void> {
  const { version, changesUpTo } = await versionOf(trx, zoneId, before);
  await trx
    .updateTable("zoneVersions")
    .set({ toSerial: serial })
    .where("zoneId", "=", zoneId)
    .where("changedIn", "=", await bumpChangeCounter(trx))
    .execute();
  const old = await trx
    .selectFrom("zoneVersions")
    .select("changedIn")
    .where("zoneId", "=", zoneId)
    .where((row) =>
      row.or([row("version", "<=", version - VERSIONS_MAX), row("changesUpTo", "<=", changesUpTo - CHANGES_MAX)]),
    )
    .orderBy("changedIn", "desc")
    .limit(1)
    .executeTakeFirst();
  if (old === undefined) return;
  for (const table of ["zoneChanges", "zoneVersions"] as const)
    await trx.deleteFrom(table).where("zoneId", "=", zoneId).where("changedIn", "<=", old.changedIn).execute();
}

/** Makes this transaction's version of the zone one that followers read in full; `anew` also those who serve what this database never had. */
export async function forgetChanges(
  trx: Transaction,
  zoneId: string,
  content: Exclude<Content, "kept">,
): Promise<void> {
  await versionOf(trx, zoneId);
  const changedIn = await bumpChangeCounter(trx);
  await trx.deleteFrom("zoneChanges").where("zoneId", "=", zoneId).where("changedIn", "=", changedIn).execute();
  await trx
    .updateTable("zoneVersions")
    .set({ content })
    .where("zoneId", "=", zoneId)
    .where("changedIn", "=", changedIn)
    .execute();
}

/** What happened to a zone since it had that serial. In one transaction with what is read of the zone beside it. */
export async function zoneHistory(db: Database, zoneId: string, serial: number): Promise<ZoneHistory> {
  const from = await db
    .selectFrom("zoneVersions")
    .select("changedIn")
    .where("zoneId", "=", zoneId)
    .where("fromSerial", "=", serial)
    .where("toSerial", "!=", serial)
    .orderBy("changedIn", "desc")
    .limit(1)
    .executeTakeFirst();
  if (from === undefined) return unknownSince(db, zoneId, serial);
  const versions = await db
    .selectFrom("zoneVersions")
    .selectAll()
    .where("zoneId", "=", zoneId)
    .where("changedIn", ">=", from.changedIn)
    .orderBy("changedIn")
    .execute();
  if (versions.some(({ content }) => content !== "kept")) return { since: "not kept" };
  const changes = await db
    .selectFrom("zoneChanges")
    .selectAll()
    .where("zoneId", "=", zoneId)
    .where("changedIn", ">=", from.changedIn)
    .orderBy("seq")
    .execute();
  const byVersion = Map.groupBy(changes, ({ changedIn }) => changedIn);
  return {
    since: "kept",
    versions: versions.map(({ changedIn, fromSerial, toSerial }) => ({
      fromSerial,
      toSerial,
      ...netOf(byVersion.get(changedIn) ?? []),
    })),
  };
}

/** What is said of a serial at which none of the versions that are kept began. */
async function unknownSince(db: Database, zoneId: string, serial: number): Promise<ZoneHistory> {
  const later = await db
    .selectFrom("zoneVersions")
    .select(["fromSerial", "content"])
    .where("zoneId", "=", zoneId)
    .where("toSerial", ">", serial)
    .orderBy("changedIn")
    .execute();
  if (later[0] === undefined || later[0].fromSerial > serial) return { since: "forgotten" };
  return { since: later.some(({ content }) => content === "anew") ? "not kept" : "other" };
}

/** What is left of changes when a record that went and came, or came and went, counts for nothing. */
function netOf(changes: readonly ZoneChangeTable[]): Pick<ZoneVersion, "removed" | "added"> {
  const net = new Map<string, ZoneChangeTable>();
  for (const change of changes) {
    const key = keyOf(change);
    if (net.get(key) === undefined || net.get(key)?.kind === change.kind) net.set(key, change);
    else net.delete(key);
  }
  const records = (kind: ZoneChangeTable["kind"]): ChangedRecord[] =>
    [...net.values()]
      .filter((change) => change.kind === kind)
      .map(({ name, type, ttl, data }) => ({ name, type, ttl, data: Uint8Array.from(Buffer.from(data, "base64")) }));
  return { removed: records("removed"), added: records("added") };
}

/** This transaction's version of the zone, begun where there is none yet. */
async function versionOf(
  trx: Transaction,
  zoneId: string,
  before?: number,
): Promise<Pick<ZoneVersionTable, "content" | "version" | "changesUpTo">> {
  const changedIn = await bumpChangeCounter(trx);
  const last = await trx
    .selectFrom("zoneVersions")
    .selectAll()
    .where("zoneId", "=", zoneId)
    .orderBy("changedIn", "desc")
    .limit(1)
    .executeTakeFirst();
  if (last?.changedIn === changedIn) return last;
  const fromSerial =
    before ??
    (await trx.selectFrom("zones").select("serial").where("id", "=", zoneId).executeTakeFirstOrThrow()).serial;
  // Records that were changed under a serial that did not rise: whoever has that serial may have them or not.
  const content: Content = last !== undefined && last.fromSerial === last.toSerial ? "not kept" : "kept";
  const begun = { content, version: (last?.version ?? 0) + 1, changesUpTo: last?.changesUpTo ?? 0 };
  await trx
    .insertInto("zoneVersions")
    .values({ zoneId, changedIn, fromSerial, toSerial: fromSerial, ...begun })
    .execute();
  return begun;
}

/** The records at those names as they are served, by what makes them equal. */
async function servedAt(trx: Transaction, zoneId: string, names: ReadonlySet<string>): Promise<Map<string, Row>> {
  const all = [...names];
  const rows: Row[] = [];
  for (let from = 0; from < all.length; from += NAMES_AT_ONCE)
    rows.push(
      ...(await trx
        .selectFrom("records")
        .select(["name", "type", "ttl", "data"])
        .where("zoneId", "=", zoneId)
        .where("name", "in", all.slice(from, from + NAMES_AT_ONCE))
        .orderBy("name")
        .orderBy("seq")
        .execute()),
    );
  const lowest = new Map<string, number>();
  const setOf = ({ name, type }: Row): string => `${type} ${name}`;
  for (const row of rows) lowest.set(setOf(row), Math.min(row.ttl, lowest.get(setOf(row)) ?? row.ttl));
  const served = rows.map((row) => ({ ...row, ttl: lowest.get(setOf(row))! }));
  return new Map(served.map((row) => [keyOf(row), row]));
}

const keyOf = ({ name, type, ttl, data }: Row): string => `${type} ${ttl} ${data} ${name}`;
