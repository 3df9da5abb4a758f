import { describe, expect, test } from "vitest";
import { freshDatabase } from "../../engine/database/fresh.fixture.ts";
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
});
