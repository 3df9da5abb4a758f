import { expect, test } from "vitest";
import { markDomainReleased } from "../../engine/database/domains.ts";
import { transact } from "../../engine/database/transact.ts";
import { listZones } from "../../engine/database/zones.ts";
import { freshDatabase } from "../../engine/database/fresh.fixture.ts";
import { contains, stageOf } from "./lifecycle.fixture.ts";

test("S27 a released domain: the key that signed drains before it goes, the stand-by goes at once, no other is made", async () => {
  const made = await stageOf(await freshDatabase());
  made.publishAll();
  const controller = made.controller();
  await made.run(controller, contains("s5 ready"));
  await transact(made.db, (trx) => markDomainReleased(trx, made.tenantId, made.domainId, made.wallSeconds()));

  const first = await controller.visit();
  expect(first.steps).toEqual(expect.arrayContaining(["deactivated s4", "withdraw s5"]));
  expect(await made.phases()).toMatch(/^s4 draining, s5 withdraw/);

  const { policy } = made.settings;
  const drainSeconds = policy.milterOwnQueueSeconds + policy.downstreamQueueSeconds + policy.verifierDelaySeconds;
  made.sleep(drainSeconds);
  expect((await controller.visit()).steps).not.toContain("withdraw s4");

  const steps = await made.run(controller, (phases) => phases === "s4 destroyed, s5 destroyed");
  expect(steps).toContain("withdraw s4");
  expect(steps.filter((step) => step === "generate")).toEqual([]);
  await made.close();
});

test("a released domain whose alias is gone already is wound up all the same", async () => {
  const made = await stageOf(await freshDatabase());
  made.publishAll();
  const controller = made.controller();
  await made.run(controller, contains("s4 active"));
  made.authorities.published.clear();
  await transact(made.db, (trx) => markDomainReleased(trx, made.tenantId, made.domainId, made.wallSeconds()));
  await made.run(controller, (phases) => /^s4 destroyed(, s5 destroyed)?$/.test(phases));
  await made.close();
});

test("DNS-D-31 a zone that was delegated for a released domain is served no more when its last key is destroyed, and nothing stays of it", async () => {
  const made = await stageOf(await freshDatabase(), { method: "ns-branch" });
  made.publishAll();
  const controller = made.controller();
  await made.run(controller, contains(" ready"));
  const zones = async (): Promise<string[]> =>
    (await listZones(made.db, { limit: 10 })).rows.map(({ kind }) => kind).toSorted();
  expect(await zones()).toEqual(["delegated", "service"]);
  await transact(made.db, (trx) => markDomainReleased(trx, made.tenantId, made.domainId, made.wallSeconds()));
  await made.run(controller, (phases) => !/ (?!destroyed)[a-z]+(,|$)/.test(phases));
  expect(await zones()).toEqual(["service"]);
  const left = await made.db.selectFrom("records").select("source").distinct().execute();
  expect(left.map(({ source }) => source).toSorted()).toEqual(["ns", "soa"]);
  await made.close();
});
