import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DatabaseUnavailable } from "../../server/src/engine/database/faults.ts";
import { openDatabase } from "../../server/src/engine/database/open.ts";
import { claimDue } from "../../server/src/service/watch/claim-due.ts";
import { visitWatch } from "../../server/src/service/watch/look.ts";
import { addTenant, watch, work, worldOf } from "../../server/src/service/watch/watch.fixture.ts";
import { startPostgres, type PostgresCluster } from "../postgres.ts";

const file = "/nonexistent/never-touched.db";
let postgres: PostgresCluster;

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

describe("PostgreSQL", () => {
  test("a database that goes away in the middle of a look: nothing is recorded, and the look is made again", async () => {
    const db = await openDatabase({ file, url: postgres.createDatabase(), statementTimeoutMs: 500 });
    const world = worldOf(db);
    await watch(world, await addTenant(db), "away.example");
    const [claimed] = await claimDue(db, world.settings, { owner: world.deps.owner, now: world.clock.now }, 1);
    const stopped: number[] = [];
    const audit: typeof world.deps.audit = async (request) => {
      stopped.push(...sessions(), postgres.pid);
      for (const pid of stopped) process.kill(pid, "SIGSTOP");
      return world.deps.audit(request);
    };
    try {
      await expect(visitWatch({ ...world.deps, audit }, claimed!)).rejects.toBeInstanceOf(DatabaseUnavailable);
    } finally {
      for (const pid of stopped) process.kill(pid, "SIGCONT");
    }
    await work(world);
    expect(world.audited).toHaveLength(1);
    world.clock.now += 120;
    await work(world);
    expect(world.audited).toHaveLength(2);
    const rows = await db.selectFrom("observations").select("looks").execute();
    expect(rows).toEqual([{ looks: 1 }]);
    await db.destroy();
  });
});

/** The processes of this cluster that serve a client. */
function sessions(): number[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => {
      try {
        const status = readFileSync(`/proc/${pid}/status`, "latin1");
        const title = readFileSync(`/proc/${pid}/cmdline`, "latin1");
        return /^PPid:\t(\d+)$/m.exec(status)?.[1] === String(postgres.pid) && title.includes(": chancery ");
      } catch {
        return false; // it has ended meanwhile
      }
    });
}
