// Several controllers on one PostgreSQL drive a rollout of several hundred domains, while they are killed and stopped.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type DatabaseOptions, openDatabase } from "../../server/src/engine/database/open.ts";
import type { Database } from "../../server/src/engine/database/schema.ts";
import { rolloutById, rolloutView, type RolloutView } from "../../server/src/service/lifecycle/rollout/control.ts";
import { type Fleet, fleetOf } from "../../server/src/service/lifecycle/rollout/rollout.fixture.ts";
import { type PostgresCluster, startPostgres } from "../postgres.ts";
import { pause } from "../rig/peer.ts";

let postgres: PostgresCluster;
const workers: ChildProcess[] = [];
beforeAll(async () => {
  postgres = await startPostgres();
});
afterEach(() => {
  for (const worker of workers.splice(0)) worker.kill("SIGKILL");
});
afterAll(() => postgres.stop());
const fresh = (): DatabaseOptions => ({ file: "/nonexistent/never-touched.db", url: postgres.createDatabase() });

async function startWorker(options: DatabaseOptions, owner: string): Promise<ChildProcess> {
  const program = fileURLToPath(new URL("fleet-child.ts", import.meta.url));
  const child = spawn(process.execPath, [program, JSON.stringify(options), owner], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  workers.push(child);
  await once(child.stdout, "data");
  child.stdout.resume();
  return child;
}

/** The lease of whoever was killed or stopped is over, as two minutes later. */
const endLeases = (db: Database): Promise<unknown> => db.updateTable("rollouts").set({ leaseUntil: 0 }).execute();

const begunIn = ({ waves }: RolloutView, upTo: number): number =>
  waves.slice(0, upTo + 1).reduce((sum, { domains }) => sum + domains, 0);

test("S7 three controllers, one killed with -9 again and again and one stopped past its lease: every domain is begun once, never more than the wave allows", async () => {
  const options = fresh();
  const db = await openDatabase(options);
  const fleet: Fleet = await fleetOf(db, 300);
  fleet.clock.now = Math.floor(Date.now() / 1000);
  const id = await fleet.start({ canary: 5, wavesPercent: [10, 50, 100], watchSeconds: 1, stuckAfterSeconds: 3600 });
  const view = async (): Promise<RolloutView> => rolloutView(db, await rolloutById(db, fleet.tenantId, id));
  let victim = await startWorker(options, "victim");
  const stopped = await startWorker(options, "stopped");
  await startWorker(options, "third");
  let kills = 0;
  for (let round = 0; (await view()).status === "running"; round++) {
    if (round > 300) throw new Error(`never finished: ${JSON.stringify((await view()).waves)}`);
    fleet.clock.now = Math.floor(Date.now() / 1000);
    await fleet.rotate();
    const seen = await view();
    const begun = seen.waves.reduce((sum, wave) => sum + wave.begun, 0);
    expect(begun).toBeLessThanOrEqual(begunIn(seen, seen.wave ?? seen.waves.length));
    if (round === 1) stopped.kill("SIGSTOP");
    if (round === 8) stopped.kill("SIGCONT");
    if (round === 2) await endLeases(db);
    if (round % 3 === 2 && kills < 2) {
      victim.kill("SIGKILL");
      await once(victim, "exit");
      kills++;
      await endLeases(db);
      victim = await startWorker(options, "victim");
    }
    await pause(0.2);
  }
  expect(kills).toBeGreaterThan(1);
  expect(await view()).toMatchObject({ status: "finished" });
  const asked = await db.selectFrom("rotations").select("domainId").where("requestedBy", "=", id).execute();
  expect(asked).toHaveLength(300);
  expect(new Set(asked.map(({ domainId }) => domainId)).size).toBe(300);
  const facts = (await view()).facts.flatMap((fact) => ("wave" in fact ? [`${fact.kind} ${fact.wave}`] : []));
  expect(facts).toEqual(
    [0, 1, 2, 3].flatMap((wave) => [`wave-began ${wave}`, `wave-rotated ${wave}`, `wave-settled ${wave}`]),
  );
  await db.destroy();
}, 120_000);
