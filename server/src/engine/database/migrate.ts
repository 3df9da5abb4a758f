import { type Kysely, sql } from "kysely";
import { type Migration, Migrator } from "kysely/migration";
import { up as firstTables } from "./migrations/0001-first-tables.ts";
import { up as watching } from "./migrations/0002-watching.ts";
import { up as zoneChanges } from "./migrations/0003-zone-changes.ts";
import { up as zoneKeys } from "./migrations/0004-zone-keys.ts";
import { up as catalogZone } from "./migrations/0005-catalog-zone.ts";
import { up as recordTypes } from "./migrations/0006-record-types.ts";
import { up as zonePushes } from "./migrations/0007-zone-pushes.ts";
import { up as nameServerReports } from "./migrations/0008-name-server-reports.ts";
import { up as keyMethods } from "./migrations/0009-key-methods.ts";
import { up as rotation } from "./migrations/0010-rotation.ts";
import { up as signers } from "./migrations/0011-signers.ts";
import { up as rolls } from "./migrations/0012-rolls.ts";
import { up as rollouts } from "./migrations/0013-rollouts.ts";
import { up as rotationPolicies } from "./migrations/0014-rotation-policies.ts";
import { up as ownership } from "./migrations/0015-ownership.ts";
import { up as moves } from "./migrations/0016-moves.ts";
import { up as aliases } from "./migrations/0017-aliases.ts";
import { up as zones } from "./migrations/0019-zones.ts";
import { up as streams } from "./migrations/0020-streams.ts";
import { up as reports } from "./migrations/0021-reports.ts";
import { up as rotationOrder } from "./migrations/0022-rotation-order.ts";
import { up as registrations } from "./migrations/0023-registrations.ts";
import type { Database, Tables } from "./schema.ts";
import { transact } from "./transact.ts";

/** Names are for ever: the database remembers them. Each one only adds; what it makes superfluous goes in a later release (F-50). */
const MIGRATIONS: Record<string, Migration> = {
  "0001-first-tables": { up: firstTables },
  "0002-watching": { up: watching },
  "0003-zone-changes": { up: zoneChanges },
  "0004-zone-keys": { up: zoneKeys },
  "0005-catalog-zone": { up: catalogZone },
  "0006-record-types": { up: recordTypes },
  "0007-zone-pushes": { up: zonePushes },
  "0008-name-server-reports": { up: nameServerReports },
  "0009-key-methods": { up: keyMethods },
  "0010-rotation": { up: rotation },
  "0011-signers": { up: signers },
  "0012-rolls": { up: rolls },
  "0013-rollouts": { up: rollouts },
  "0014-rotation-policies": { up: rotationPolicies },
  "0015-ownership": { up: ownership },
  "0016-moves": { up: moves },
  "0017-aliases": { up: aliases },
  "0019-zones": { up: zones },
  "0020-streams": { up: streams },
  "0021-reports": { up: reports },
  "0022-rotation-order": { up: rotationOrder },
  "0023-registrations": { up: registrations },
};

type MigrationTables = { kysely_migration: { name: string }; migration_lock: { id: number } };

/**
 * Brings the tables up to date. Any number of processes may start at once: one migrates, the others wait and find it done. A database that
 * is ahead of this program is left as it is, so that old and new versions run side by side.
 */
export async function migrate(db: Database): Promise<void> {
  if (!(await isBehind(db))) return;
  await createLock(db);
  await transact(db, async (trx) => {
    // Changing the row locks it until the end of the transaction; SQLite's whole file is locked already.
    await sql`update migration_lock set id = id`.execute(trx);
    if (!(await isBehind(trx))) return;
    const provider = { getMigrations: async (): Promise<Record<string, Migration>> => MIGRATIONS };
    const { error } = await new Migrator({ db: trx.withoutPlugins(), provider }).migrateToLatest();
    if (error !== undefined) throw error;
  });
}

async function isBehind(db: Kysely<Tables>): Promise<boolean> {
  if (!(await exists(db, "kysely_migration"))) return true;
  const plain = db.withoutPlugins().$extendTables<MigrationTables>();
  const done = await plain.selectFrom("kysely_migration").select("name").execute();
  return Object.keys(MIGRATIONS).some((name) => !done.some((row) => row.name === name));
}

async function createLock(db: Database): Promise<void> {
  const plain = db.withoutPlugins().$extendTables<MigrationTables>();
  try {
    await plain.schema
      .createTable("migration_lock")
      .ifNotExists()
      .addColumn("id", "integer", (c) => c.primaryKey())
      .execute();
  } catch (error) {
    // On PostgreSQL "if not exists" still fails for one of two that create the table at the same moment.
    if (!(await exists(db, "migration_lock"))) throw error;
  }
  await plain
    .insertInto("migration_lock")
    .values({ id: 1 })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

async function exists(db: Kysely<Tables>, table: string): Promise<boolean> {
  const tables = await db.withoutPlugins().introspection.getTables({ withInternalKyselyTables: true });
  return tables.some(({ name }) => name === table);
}
