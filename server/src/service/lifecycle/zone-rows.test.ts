import { readName, TYPE } from "chancery/dns";
import { expect, test } from "vitest";
import { insertDomain, markDomainReleased, markDomainVerified } from "../../engine/database/domains.ts";
import { newId } from "../../engine/database/id.ts";
import { everyRow } from "../../engine/database/page.ts";
import { listRecords, putRecords } from "../../engine/database/records.ts";
import { insertTenant } from "../../engine/database/tenants.ts";
import { transact } from "../../engine/database/transact.ts";
import { freshDatabase } from "../../engine/database/fresh.fixture.ts";
import { importSource, standInSource } from "../../model/zone/record-source.ts";
import { keyRecordAt } from "../../model/zone-content.ts";
import { dns, stageOf } from "./lifecycle.fixture.ts";
import { openDelegatedZone, renewSoa } from "./zone-rows.ts";

test("DNS-F-04 the zone of a released claim goes to the next one without what the tenant before had put there; its keys stay", async () => {
  const { db, tenantId, domainId, settings, close } = await stageOf(await freshDatabase());
  const origin = "s._domainkey.customer.example";
  const context = { dns, policy: settings.policy, now: 1000 };
  const source = (from: string, name: string) => ({
    ...keyRecordAt(name, "v=DKIM1; p=", settings.policy),
    source: from,
  });
  await transact(db, async (trx) => {
    const zone = await openDelegatedZone(trx, origin, domainId, ["old.ns.dkim.esp.example"], context);
    await putRecords(trx, zone.id, [
      source("key:key_old", `jan2026.${origin}`),
      source("user", `mine.${origin}`),
      source(importSource(domainId), `vendor.${origin}`),
      source(standInSource(domainId), `brought.${origin}`),
    ]);
    await renewSoa(trx, zone, ["old.ns.dkim.esp.example"], context);
    await markDomainReleased(trx, tenantId, domainId, 1001);
  });

  const [otherTenant, otherDomain] = [newId("ten"), newId("dom")];
  await insertTenant(db, { id: otherTenant, name: "other", createdAt: 1 });
  const zone = await transact(db, async (trx) => {
    const claim = { method: "ns-branch", label: "s", seed: "x", challengeToken: "y", algorithms: [] } as const;
    await insertDomain(trx, {
      ...claim,
      id: otherDomain,
      tenantId: otherTenant,
      name: "customer.example",
      algorithms: [],
      createdAt: 1,
    });
    await markDomainVerified(trx, otherTenant, otherDomain, 1002);
    const row = await openDelegatedZone(trx, origin, otherDomain, ["new.ns.dkim.esp.example"], context);
    await renewSoa(trx, row, ["new.ns.dkim.esp.example"], context);
    return row;
  });
  const owner = await db.selectFrom("zones").select("domainId").where("id", "=", zone.id).executeTakeFirstOrThrow();
  expect(owner.domainId).toBe(otherDomain);
  const left: string[] = [];
  for await (const { name, type, data } of everyRow((page) => listRecords(db, zone.id, page)))
    if (type === TYPE.NS) left.push(`NS ${readName(data)}`);
    else if (type === TYPE.TXT) left.push(`TXT ${name}`);
  expect(left.sort()).toEqual(["NS new.ns.dkim.esp.example", `TXT jan2026.${origin}`]);
  await close();
});
