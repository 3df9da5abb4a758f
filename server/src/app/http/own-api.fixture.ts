import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import { openDatabase } from "../../engine/database/open.ts";
import type { Database } from "../../engine/database/schema.ts";
import { kekOf } from "../../engine/keystore/kek.ts";
import { ensureDefaultTenant } from "../../service/access/tenants.ts";
import { authenticate } from "../../service/access/tokens.ts";
import { type LoadedConfig, loadConfig } from "../config.ts";
import { openDataDirectory } from "../data-directory.ts";
import type { Log } from "../log.ts";
import { apiHandlers } from "./handlers.ts";
import { databaseIdempotency } from "./idempotency.ts";
import { httpServer } from "./server.ts";

export const adminToken = "an-admin-token-for-tests";
export const now = (): number => Math.floor(Date.now() / 1000);

/** The whole API over a database of its own, of a Chancery that serves `dkim.esp.example`. `environment`: what is configured beside that. */
export async function startApi(
  environment: Record<string, string>,
  log: Log,
): Promise<{ app: FastifyInstance; db: Database; loaded: LoadedConfig; close: () => Promise<void> }> {
  const root = mkdtempSync(join(tmpdir(), "chancery-api-"));
  const directory = openDataDirectory(root);
  const db = await openDatabase({ file: directory.database });
  await ensureDefaultTenant(db, now());
  const own = {
    CHANCERY_DNS_ZONE: "dkim.esp.example",
    CHANCERY_DNS_NAMESERVERS: "[{name: ns1.esp.example, addresses: [192.0.2.1]}]",
    CHANCERY_DELEGATION_LABEL: "esp",
  };
  const loaded = loadConfig({ environment: { ...own, ...environment }, options: {} });
  const kek = kekOf(randomBytes(32));
  const app = await httpServer({
    handlers: await apiHandlers({ db, kek, loaded, directory, now, log, servedBy: async () => true }),
    authenticate: (token, tenant) => authenticate(db, adminToken, token, tenant),
    idempotency: databaseIdempotency(db, kek, now),
    metrics: async () => "",
    rolesDown: () => [],
    notReady: async () => [],
    version: "0",
    log,
  });
  const close = async (): Promise<void> => {
    await app.close();
    await db.destroy();
    rmSync(root, { recursive: true });
  };
  return { app, db, loaded, close };
}
