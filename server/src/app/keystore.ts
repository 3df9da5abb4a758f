import { type KekOf, keepKekSentinel, readKekSentinel } from "../engine/database/kek-sentinel.ts";
import type { Database } from "../engine/database/schema.ts";
import { type Kek, openKekFile } from "../engine/keystore/kek.ts";
import { checkSentinel, sealSentinel } from "../engine/keystore/sentinel.ts";

/**
 * Opens the KEK and proves that it is the one which sealed this database. Only a database that has no sentinel gets a new
 * KEK: to any other a new one is worth nothing. Throws KekUnusable with what to do.
 */
export const openKeystore = (db: Database, file: string, now: number): Promise<{ kek: Kek; kekMade: boolean }> =>
  openProven(db, "kekSentinel", file, now);

/** The same for the KEK of the keys of zones, which name servers may open as well. */
export const openZoneKeystore = (db: Database, file: string, now: number): Promise<{ kek: Kek; kekMade: boolean }> =>
  openProven(db, "zoneKekSentinel", file, now);

async function openProven(db: Database, of: KekOf, file: string, now: number): Promise<{ kek: Kek; kekMade: boolean }> {
  const stored = await readKekSentinel(db, of);
  const { kek, created } = await openKekFile(file, stored === undefined ? "create" : "refuse");
  await checkSentinel(kek, stored ?? (await keepKekSentinel(db, of, await sealSentinel(kek), now)));
  return { kek, kekMade: created };
}
