import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { newId } from "../engine/database/id.ts";
import { openDatabase } from "../engine/database/open.ts";
import { insertTenant } from "../engine/database/tenants.ts";
import { startAuthority } from "../engine/resolver/test-authority.ts";
import { addDomain } from "../service/onboarding/add.ts";
import { domainView } from "../service/onboarding/view.ts";
import { loadConfig } from "./config.ts";
import { onboardingSettings } from "./onboarding-settings.ts";
import { lookForOthersSelectors } from "./selector-search.ts";

const root = mkdtempSync(join(tmpdir(), "chancery-search-"));
afterAll(() => rmSync(root, { recursive: true }));

const limitMs = 3000;

test(
  "S18 where nobody answers in time, adding a domain does not wait on, and its delegation is not shown",
  async () => {
    const silent = await startAuthority(["127.53.97.1"], () => undefined);
    const environment = {
      CHANCERY_DNS_ZONE: "dkim.esp.example",
      CHANCERY_DNS_NAMESERVERS: "[{name: ns1.esp.example, addresses: [192.0.2.1]}]",
      CHANCERY_RESOLVER_ROOT: "[{name: ns.root, addresses: [127.53.97.1]}]",
      CHANCERY_RESOLVER_AUTHORITY_PORT: String(silent.port),
    };
    const { config } = loadConfig({ environment, options: {} });
    const db = await openDatabase({ file: join(root, "one.db") });
    const tenantId = newId("ten");
    await insertTenant(db, { id: tenantId, name: "acme", createdAt: 1 });
    const settings = onboardingSettings(config);
    const claim = { tenantId, domain: "customer.example", method: "ns-domainkey" } as const;
    const row = await addDomain(db, claim, settings, "test", 10);
    // With no deadline this takes longer than the test may.
    await lookForOthersSelectors(db, row, config, 10, AbortSignal.timeout(50));
    const { records, findings } = await domainView(db, row, settings, 10);
    expect(records.map(({ purpose }) => purpose)).toEqual(["proof of control"]);
    expect(findings).toMatchObject([
      { code: "SelectorsNotImported", remedy: '"chancery domain verify customer.example" looks again' },
    ]);
    await Promise.all([silent.close(), db.destroy()]);
  },
  limitMs,
);
