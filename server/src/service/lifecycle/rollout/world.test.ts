import { afterAll, expect, test } from "vitest";
import { freshDatabase } from "../../../engine/database/fresh.fixture.ts";
import type { MethodName } from "../../../model/delegation/delegation.ts";
import { listKeys } from "../key-list.ts";
import { contains, request, stageOf, type Stage } from "../lifecycle.fixture.ts";
import { rolloutLooks } from "./world.ts";

const stages: Stage[] = [];
afterAll(async () => {
  await Promise.all(stages.map((stage) => stage.close()));
});

async function domainBy(method: MethodName) {
  const stage = await stageOf(await freshDatabase(), { method, algorithms: ["rsa-sha256"] });
  stages.push(stage);
  const looks = rolloutLooks({ ...stage.controller().deps, resolveTxt: async () => [] });
  return { stage, looks, place: [stage.tenantId, stage.domainId, ""] as const };
}

test("a domain whose owner brings the keys is left out", async () => {
  const { looks, place } = await domainBy("customer-key");
  expect(await looks.obstacleOf(...place)).toBe("its owner brings the keys");
});

test("a rotation that waits for the customer to publish is left out and is no failure", async () => {
  const { stage, looks, place } = await domainBy("txt");
  const controller = stage.controller();
  await controller.visit();
  const [first] = (await listKeys(controller.deps, stage.tenantId, stage.domainId)).keys;
  stage.authorities.published.set(first!.keyName, { texts: [first!.record] });
  await stage.run(controller, contains("active"));
  expect(await looks.obstacleOf(...place)).toBeUndefined();
  await request(stage);
  await controller.visit();
  await controller.visit();
  expect(await looks.stuckOf(...place)).toMatchObject({ outcome: "left", reason: expect.stringContaining("customer") });
});
