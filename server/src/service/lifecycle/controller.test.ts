import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { DatabaseOptions } from "../../engine/database/open.ts";
import { contains, request, stageOf } from "./lifecycle.fixture.ts";
import { describeLifecycle } from "./lifecycle.suite.ts";

const folder = mkdtempSync(join(tmpdir(), "chancery-lifecycle-"));
afterAll(() => rmSync(folder, { recursive: true }));
let databases = 0;
const fresh = (): DatabaseOptions => ({ file: join(folder, `${++databases}.db`) });

describeLifecycle(fresh);

describe("clocks", () => {
  test("S4 a wall clock that jumps ahead ends no drain", async () => {
    const made = await stageOf(fresh());
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

  test("time in which no controller ran does not count on SQLite", async () => {
    const made = await stageOf(fresh());
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
