// A worker of rollouts, as the controller runs one, whose domains are always fit to begin: for tests of several on one database.
import { setTimeout as pause } from "node:timers/promises";
import { listDueRollouts } from "../../server/src/engine/database/rollouts.ts";
import { openDatabase } from "../../server/src/engine/database/open.ts";
import type { DatabaseOptions } from "../../server/src/engine/database/open.ts";
import { visitRollout } from "../../server/src/service/lifecycle/rollout/visit.ts";

const [options = "", owner = ""] = process.argv.slice(2);
const db = await openDatabase(JSON.parse(options) as DatabaseOptions);
const now = (): number => Math.floor(Date.now() / 1000);
process.stdout.write("ready\n");
for (;;) {
  for (const row of await listDueRollouts(db, now(), 4)) {
    const done = await visitRollout(
      {
        db,
        now,
        owner,
        pollSeconds: 1,
        obstacleOf: async () => void (await pause(2)),
        stuckOf: async () => undefined,
        faultOf: async () => undefined,
      },
      row,
    );
    if (done.length > 0) process.stdout.write(`${done.join(", ")}\n`);
  }
  await pause(20);
}
