import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { openDatabase } from "../../engine/database/open.ts";
import { kekOf } from "../../engine/keystore/kek.ts";
import { type Behaviour, startAuthority } from "../../engine/resolver/test-authority.ts";
import { findTenantByName } from "../../engine/database/tenants.ts";
import { addDomain, type NewClaim } from "../../service/onboarding/add.ts";
import { onboardingSettings } from "../onboarding-settings.ts";
import { ensureDefaultTenant } from "../../service/access/tenants.ts";
import { authenticate } from "../../service/access/tokens.ts";
import { loadConfig } from "../config.ts";
import { openDataDirectory } from "../data-directory.ts";
import { makeLog } from "../log.ts";
import { apiHandlers } from "./handlers.ts";
import { databaseIdempotency } from "./idempotency.ts";
import { httpServer } from "./server.ts";

const adminToken = "an-admin-token-for-tests";

/** The API over a database of its own, and name servers that a test makes up. The first address is the root's. */
export async function startClaims(addresses: readonly string[], behave: Behaviour) {
  const root = mkdtempSync(join(tmpdir(), "chancery-claims-"));
  const authority = await startAuthority(addresses, behave);
  const directory = openDataDirectory(root);
  const db = await openDatabase({ file: directory.database });
  const now = (): number => Math.floor(Date.now() / 1000);
  await ensureDefaultTenant(db, now());
  const environment = {
    CHANCERY_RESOLVER_ROOT: `[{name: ns.root, addresses: [${addresses[0]}]}]`,
    CHANCERY_RESOLVER_AUTHORITY_PORT: String(authority.port),
    CHANCERY_DNS_ZONE: "dkim.esp.example",
    CHANCERY_DNS_NAMESERVERS: "[{name: ns1.esp.example, addresses: [192.0.2.1]}]",
    CHANCERY_DELEGATION_LABEL: "esp",
  };
  const loaded = loadConfig({ environment, options: {} });
  const log = makeLog("api", "error", new Writable({ write: (_, __, done) => done() }));
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
  const tenant = await findTenantByName(db, "default");
  return {
    /** Takes a delegation without looking at what stands there. */
    add: (claim: Omit<NewClaim, "tenantId">) =>
      addDomain(
        db,
        { ...claim, tenantId: tenant!.id, byOperator: true },
        onboardingSettings(loaded.config),
        "test",
        now(),
      ),
    call: async <Answer>(method: "GET" | "POST" | "DELETE", url: string, payload?: object): Promise<Answer> => {
      const headers = { authorization: `Bearer ${adminToken}` };
      const reply = await app.inject({ method, url, headers, ...(payload !== undefined && { payload }) });
      if (reply.statusCode >= 400) throw new Error(`${method} ${url}: ${reply.body}`);
      return reply.json<Answer>();
    },
    close: async () => {
      await Promise.all([app.close(), authority.close()]);
      await db.destroy();
      rmSync(root, { recursive: true });
    },
  };
}
