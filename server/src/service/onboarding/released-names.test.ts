import { afterAll, beforeAll, expect, test } from "vitest";
import { newId } from "../../engine/database/id.ts";
import { openDatabase } from "../../engine/database/open.ts";
import type { Database } from "../../engine/database/schema.ts";
import { insertTenant } from "../../engine/database/tenants.ts";
import { freshDatabase } from "../../engine/database/fresh.fixture.ts";
import { methodOf } from "../../model/delegation/delegation-methods.ts";
import { addDomain } from "./add.ts";
import { claimOf } from "./claim.ts";
import { removeDomain } from "./domains.ts";

let db: Database;
beforeAll(async () => {
  db = await openDatabase(await freshDatabase());
});
afterAll(() => db.destroy());

const dns = { zone: "dkim.esp.example", nameservers: [{ name: "ns1.dkim.esp.example", addresses: ["192.0.2.1"] }] };
const settings = { dns, label: "s", recordTtlSeconds: 3600, rotateAfterSeconds: 90 * 86_400 };
/** The names of ours that a new claim of the domain asks the customer to lead to. */
async function claimBy(tenant: string, method: "cname-ring" | "ns-branch"): Promise<string[]> {
  const tenantId = newId("ten");
  await insertTenant(db, { id: tenantId, name: tenant, createdAt: 1 });
  const row = await addDomain(db, { tenantId, domain: "customer.example", method }, settings, "test", 10);
  await removeDomain(db, tenantId, "customer.example", "test", 20);
  return methodOf(method)
    .customerRecords(claimOf(row), ["primary"], dns, [])
    .map(({ data }) => data.replace(/\.$/, ""));
}

test.each(["cname-ring", "ns-branch"] as const)(
  "DNS-F-03 DNS-F-04 %s: whoever claims a released domain again gets other names, and the old ones stay taken for ever",
  async (method) => {
    const first = await claimBy(`first-${method}`, method);
    const second = await claimBy(`second-${method}`, method);
    expect(first.length).toBeGreaterThan(0);
    expect(first.filter((name) => second.includes(name))).toEqual([]);
    for (const name of [...first, ...second]) expect(name).toMatch(/^[a-z2-7]{20}\.(?:ns\.)?dkim\.esp\.example$/); // 100 random bits
    const issued = await db.selectFrom("issuedNames").select("name").execute();
    expect(issued.map(({ name }) => name)).toEqual(expect.arrayContaining([...first, ...second]));
  },
);
