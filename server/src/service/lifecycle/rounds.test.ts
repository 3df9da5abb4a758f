import { expect, test } from "vitest";
import { databaseMake, freshDatabase } from "../../engine/database/fresh.fixture.ts";
import { targetName } from "../../model/delegation/issued-name.ts";
import { contains, stageOf } from "./lifecycle.fixture.ts";

// A clock that the test moves is a row that it can put back on SQLite alone: PostgreSQL has a clock of its own.
test.runIf(databaseMake === "sqlite")(
  "S9 I-22 a database that is restored under a running controller takes the trusted clock back: its keys are looked at again, at once",
  async () => {
    const stage = await stageOf(await freshDatabase());
    stage.publishAll();
    const controller = stage.controller();
    await stage.run(controller, contains("s4 active, s5 ready"));
    const backup = await stage.db.selectFrom("trustedClock").selectAll().executeTakeFirstOrThrow();
    stage.sleep(900);
    await controller.visit();
    for (const slot of [4, 5]) stage.authorities.instead.set(targetName(stage.claim, slot, stage.settings.dns!), "");
    await stage.db
      .updateTable("trustedClock")
      .set({ ...backup, rev: backup.rev + 1000 })
      .execute();
    const steps = await stage.run(controller, (phases) => !phases.includes("s4 active"), 30);
    expect(steps).toContain("deactivated s4");
    await stage.close();
  },
);
