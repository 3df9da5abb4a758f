import { readTxt, TYPE } from "chancery/dns";
import { expect, test } from "vitest";
import {
  insertDomain,
  markDomainReleased,
  markDomainSuspended,
  markDomainVerified,
} from "../../engine/database/domains.ts";
import { newId } from "../../engine/database/id.ts";
import { insertTenant } from "../../engine/database/tenants.ts";
import { listRecordsAt } from "../../engine/database/records.ts";
import { transact } from "../../engine/database/transact.ts";
import { listZones } from "../../engine/database/zones.ts";
import { freshDatabase } from "../../engine/database/fresh.fixture.ts";
import { contains, request, type Stage, stageOf } from "./lifecycle.fixture.ts";
import { reconcileDomain } from "./controller.ts";
import { listKeys } from "./key-list.ts";
import { roundBook } from "./rounds.ts";

const emptied = expect.stringMatching(/^v=DKIM1;.*\bp=$/) as string;

const suspended = ({ db, tenantId, domainId }: Stage, at: number | null): Promise<boolean> =>
  transact(db, (trx) => markDomainSuspended(trx, tenantId, domainId, at));

/** What our zones say at the names of the keys, by selector. */
async function served(made: Stage): Promise<Record<string, string>> {
  const { db, tenantId, domainId } = made;
  const keys = await db.selectFrom("keys").selectAll().where("domainId", "=", domainId).orderBy("createdAt").execute();
  const zones = (await listZones(db, { limit: 10 })).rows;
  expect(tenantId).toBeDefined();
  const said: Record<string, string> = {};
  for (const { selector, recordName } of keys)
    for (const zone of zones)
      for (const record of await listRecordsAt(db, zone.id, recordName))
        if (record.type === TYPE.TXT) said[selector] = readTxt(record.data).join("");
  return said;
}

test.each(["cname-ring", "ns-branch"] as const)(
  "R-33 %s: suspended, every record says p= and none is active; in force again, the keys are seen and waited for anew",
  async (method) => {
    const made = await stageOf(await freshDatabase(), { method });
    made.publishAll();
    const controller = made.controller();
    await made.run(controller, (phases) => phases.includes("active") && phases.includes("ready"));
    const before = await served(made);
    await suspended(made, made.wallSeconds());
    await made.run(controller, (phases) => !/(active|ready|publish)/.test(phases));
    expect(Object.values(await served(made))).toEqual([emptied, emptied]);
    made.sleep(86_400);
    expect((await controller.visit()).steps).toEqual([]);

    await suspended(made, null);
    const steps = await made.run(controller, (phases) => phases.includes("active") && phases.includes("ready"));
    expect(await served(made)).toEqual(before);
    const [first = ""] = Object.keys(before);
    const order = steps.filter((step) => step.endsWith(first) && !step.startsWith("observe"));
    expect(order).toEqual([`publish ${first}`, `confirmed ${first}`, `ready ${first}`, `switch to ${first}`]);
    const { keys } = await listKeys(controller.deps, made.tenantId, made.domainId);
    expect(keys).toHaveLength(2);
    await made.close();
  },
);

test("R-33 a key that drained when the claim was suspended does not come back", async () => {
  const made = await stageOf(await freshDatabase());
  made.publishAll();
  const controller = made.controller();
  await made.run(controller, contains("s5 ready"));
  await request(made);
  await made.run(controller, contains("s4 draining"));
  await suspended(made, made.wallSeconds());
  await made.run(controller, (phases) => phases.startsWith("s4 silenced, s5 silenced"));
  await suspended(made, null);
  const steps = await made.run(controller, contains("s4 withdrawn"));
  expect(steps).not.toContain("publish s4");
  expect(await made.phases()).toMatch(/s5 active/);
  await made.close();
});

test("S27 a tenant is deleted during the drain: the key stays public until D, says p= for its time in the grave, and is gone; its private half goes at once", async () => {
  const made = await stageOf(await freshDatabase());
  made.publishAll();
  const controller = made.controller();
  await made.run(controller, contains("s4 active"));
  const key = (await served(made))["s4"];
  await transact(made.db, (trx) => markDomainReleased(trx, made.tenantId, made.domainId, made.wallSeconds()));
  await controller.visit();
  const sealed = async () =>
    (await made.db.selectFrom("keys").select("sealed").where("selector", "=", "s4").executeTakeFirstOrThrow()).sealed;
  expect(await made.phases()).toMatch(/^s4 draining/);
  expect(await sealed()).toBeNull();
  const { policy } = made.settings;
  made.sleep(policy.milterOwnQueueSeconds + policy.downstreamQueueSeconds + policy.verifierDelaySeconds);
  await controller.visit();
  expect((await served(made))["s4"]).toBe(key);
  await made.run(controller, contains("s4 revoked"));
  expect((await served(made))["s4"]).toEqual(emptied);
  made.sleep(policy.revokedRecordSeconds - 15);
  await controller.visit();
  expect((await served(made))["s4"]).toEqual(emptied);
  await made.run(controller, contains("s4 destroyed"));
  expect(await served(made)).toEqual({});
  await made.close();
});

test("S28 the next tenant verifies a released domain while mail is under way: the old key is still served, and is no business of theirs", async () => {
  const made = await stageOf(await freshDatabase());
  made.publishAll();
  const controller = made.controller();
  await made.run(controller, contains("s4 active"));
  const before = await served(made);
  await transact(made.db, (trx) => markDomainReleased(trx, made.tenantId, made.domainId, made.wallSeconds()));
  await controller.visit();
  expect(await made.phases()).toMatch(/^s4 draining/);

  const next = { id: newId("dom"), tenantId: newId("ten") };
  await insertTenant(made.db, { id: next.tenantId, name: "next", createdAt: 1 });
  const { domain: name, ...claim } = { ...made.claim, seed: "of the next", challengeToken: "of the next" };
  await transact(made.db, async (trx) => {
    await insertDomain(trx, { ...claim, ...next, name, algorithms: ["ed25519-sha256"], createdAt: 2 });
    expect(await markDomainVerified(trx, next.tenantId, next.id, 3)).toBe("verified");
  });
  for (let visits = 0; visits < 3; visits++) {
    await reconcileDomain(controller.deps, roundBook(), next);
    made.sleep(2);
  }
  const keys = await made.db.selectFrom("keys").select(["domainId", "recordName"]).execute();
  const places = Map.groupBy(keys, ({ domainId }) => domainId);
  const theirs = (places.get(next.id) ?? []).map(({ recordName }) => recordName);
  expect(theirs).not.toEqual([]);
  expect((places.get(made.domainId) ?? []).filter(({ recordName }) => theirs.includes(recordName))).toEqual([]);
  expect((await served(made))["s4"]).toBe(before["s4"]);
  await expect(listKeys(controller.deps, next.tenantId, made.domainId)).rejects.toMatchObject({ code: "not-found" });
  await made.close();
});
