import { hostname } from "node:os";
import { existsSync } from "node:fs";
import { DatabaseUnavailable } from "../engine/database/faults.ts";
import { openDatabase } from "../engine/database/open.ts";
import type { Database } from "../engine/database/schema.ts";
import { keptCertificate } from "../engine/smtp-relay/certificate-files.ts";
import { newToken } from "../service/access/tokens.ts";
import { ensureDefaultTenant } from "../service/access/tenants.ts";
import { absolute, type LoadedConfig } from "./config.ts";
import { type DataDirectory, readOrMakeSecret } from "./data-directory.ts";
import { openKeystore, openZoneKeystore } from "./keystore.ts";

/** What the first start made, and where it is. */
export type Prepared = {
  firstStart: boolean;
  kekFile: string;
  adminToken: string;
  adminTokenFile: string;
  adminTokenIsGiven: boolean;
};

/**
 * The database of a configuration: PostgreSQL where a URL is set, else SQLite in the data directory. A SQLite file that is gone
 * is an outage: a new, empty one would have the mail of every domain refused for good.
 */
export async function openConfiguredDatabase(
  loaded: LoadedConfig,
  directory: DataDirectory,
  options: { statementTimeoutMs?: number } = {},
): Promise<Database> {
  const url = loaded.config["database.url"];
  if (url === undefined && !existsSync(directory.database) && existsSync(directory.zoneSnapshot))
    throw new DatabaseUnavailable(
      `${directory.database} is missing, and zones were served from it: put it back. To begin anew, move ${directory.zoneSnapshot} and all files whose names begin like it away`,
    );
  return openDatabase({ file: directory.database, ...(url !== undefined && { url }), ...options });
}

export const kekFileOf = (loaded: LoadedConfig, directory: DataDirectory): string => {
  const file = loaded.config["kek.file"];
  return file === undefined ? directory.kek : absolute(file);
};

export const zoneKekFileOf = (loaded: LoadedConfig, directory: DataDirectory): string => {
  const file = loaded.config["dnssec.kek_file"];
  return file === undefined ? directory.zoneKek : absolute(file);
};

/**
 * Makes what is missing: tables, default tenant, KEKs, admin token. Idempotent; any number of processes may call it at once.
 * A database that cannot be reached is an outcome, not an error: it may come back.
 */
export async function prepare(
  loaded: LoadedConfig,
  directory: DataDirectory,
  now: number,
): Promise<{ ok: true; prepared: Prepared } | { ok: false; problem: string }> {
  const given = loaded.config["admin.token"];
  const token = given === undefined ? readOrMakeSecret(directory.adminToken, newToken) : { value: given, made: false };
  try {
    const db = await openConfiguredDatabase(loaded, directory);
    try {
      await ensureDefaultTenant(db, now);
      if (loaded.config["relay.tls.cert"] === undefined)
        await keptCertificate({ directory: directory.root, hostname: hostname(), now });
      const { kekMade } = await openKeystore(db, kekFileOf(loaded, directory), now);
      await openZoneKeystore(db, zoneKekFileOf(loaded, directory), now);
      return {
        ok: true,
        prepared: {
          firstStart: kekMade,
          kekFile: kekFileOf(loaded, directory),
          adminToken: token.value,
          adminTokenFile: directory.adminToken,
          adminTokenIsGiven: given !== undefined,
        },
      };
    } finally {
      await db.destroy();
    }
  } catch (error) {
    if (error instanceof DatabaseUnavailable) return { ok: false, problem: error.message };
    throw error;
  }
}
