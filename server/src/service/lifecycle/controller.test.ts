import { describe, expect, test } from "vitest";
import { databaseMake, freshDatabase } from "../../engine/database/fresh.fixture.ts";
import { freshStages } from "./fresh-stages.fixture.ts";
import { contains, request, stageOf } from "./lifecycle.fixture.ts";
import { describeLifecycle } from "./lifecycle.suite.ts";

describeLifecycle(freshStages());

describe("clocks", () => {
  test("S4 a wall clock that jumps ahead ends no drain", async () => {
    const made = await stageOf(await freshDatabase());
    made.publishAll();
    const controller = made.controller();
    await made.run(controller, contains("s5 ready"));
    await request(made);
    await made.run(controller, contains("s4 draining"));
    made.jump(86_400 * 30);
    const visit = await controller.visit();
    expect(visit.steps).not.toContain("withdraw s4");
    expect(await made.phases()).toContain("s4 draining");
    made.jump(-86_400 * 30);
    await made.run(controller, contains("s4 withdrawing"));
    await made.close();
  });

  test.runIf(databaseMake === "sqlite")("time in which no controller ran does not count on SQLite", async () => {
    const made = await stageOf(await freshDatabase());
    made.publishAll();
    const first = made.controller();
    await made.run(first, contains("s5 ready"));
    await request(made);
    await made.run(first, contains("s4 draining"));
    made.sleep(86_400);
    const second = made.controller();
    expect((await second.visit()).steps).not.toContain("withdraw s4");
    await made.run(second, contains("s4 withdrawing"));
    await made.close();
  });
});
