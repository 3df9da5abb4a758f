import { Writable } from "node:stream";
import { type Behaviour, startAuthority } from "../../engine/resolver/test-authority.ts";
import { findTenantByName } from "../../engine/database/tenants.ts";
import { addDomain, type NewClaim } from "../../service/onboarding/add.ts";
import { onboardingSettings } from "../onboarding-settings.ts";
import { makeLog } from "../log.ts";
import { adminToken, now, startApi } from "./own-api.fixture.ts";

/** The API over a database of its own, and name servers that a test makes up. The first address is the root's. */
export async function startClaims(addresses: readonly string[], behave: Behaviour) {
  const authority = await startAuthority(addresses, behave);
  const environment = {
    CHANCERY_RESOLVER_ROOT: `[{name: ns.root, addresses: [${addresses[0]}]}]`,
    CHANCERY_RESOLVER_AUTHORITY_PORT: String(authority.port),
  };
  const log = makeLog("api", "error", new Writable({ write: (_, __, done) => done() }));
  const { app, db, loaded, close } = await startApi(environment, log);
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
      await close();
      await authority.close();
    },
  };
}
