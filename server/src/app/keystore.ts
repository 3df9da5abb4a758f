import { transact } from "../engine/database/transact.ts";
import type { Database } from "../engine/database/schema.ts";
import { putSetting, readSettings } from "../engine/database/settings.ts";
import { type Kek, openKekFile } from "../engine/keystore/kek.ts";
import { checkSentinel, sealSentinel } from "../engine/keystore/sentinel.ts";

/** A sealed value that only the right KEK opens, kept beside the settings. Not a setting. */
const sentinelName = "kek.sentinel";

/**
 * Opens the KEK and proves that it is the one which sealed this database. Only a database without a sentinel gets a new KEK:
 * to any other a new one is worth nothing. Throws KekUnusable with what to do.
 */
export async function openKeystore(db: Database, file: string, now: number): Promise<{ kek: Kek; kekMade: boolean }> {
  const stored = (await readSettings(db)).get(sentinelName);
  const { kek, created } = await openKekFile(file, stored === undefined ? "create" : "refuse");
  if (typeof stored === "string") {
    await checkSentinel(kek, stored);
    return { kek, kekMade: false };
  }
  const sentinel = await sealSentinel(kek);
  await transact(db, async (trx) => {
    if (!(await readSettings(trx)).has(sentinelName)) await putSetting(trx, sentinelName, sentinel, now);
  });
  return created ? { kek, kekMade: true } : { ...(await openKeystore(db, file, now)), kekMade: true };
}
