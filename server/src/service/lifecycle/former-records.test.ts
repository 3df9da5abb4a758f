import { expect, test } from "vitest";
import { putRecordState } from "../../engine/database/record-states.ts";
import { transact } from "../../engine/database/transact.ts";
import { freshDatabase } from "../../engine/database/fresh.fixture.ts";
import { latest } from "../../model/key/key-fact.ts";
import { contains, stageOf } from "./lifecycle.fixture.ts";
import { loadDomain } from "./load-domain.ts";

test("S15 S17 a key whose name led elsewhere when it was last looked at waits until nobody can remember that", async () => {
  const stage = await stageOf(await freshDatabase());
  stage.publishAll();
  const controller = stage.controller();
  const untilMs = (await controller.deps.trustedTime.readMs()) + 200_000;
  const found = { former: { zone: "customer.example", untilMs } };
  const name = "s5._domainkey.customer.example";
  const checkedAt = stage.wallSeconds();
  await transact(stage.db, (trx) =>
    putRecordState(trx, { domainId: stage.domainId, name, type: "CNAME", state: "present", found, checkedAt }),
  );
  await stage.run(controller, contains("s5 ready"), 300);
  const { keys } = (await loadDomain(stage.db, stage.tenantId, stage.domainId, stage.settings.dns!))!;
  const { facts } = keys.find(({ selector }) => selector === "s5")!;
  expect(latest(facts, "superseded")?.evidence.zone).toBe("customer.example");
  expect(latest(facts, "ready")!.trustedMs).toBeGreaterThan(untilMs);
  await stage.close();
});
