// kill -9 right before and right after every kind of commit of the whole life cycle, on SQLite and on PostgreSQL: whoever comes next goes on
// from what was recorded, and comes to the end of a life that nobody disturbed.
import { execFile } from "node:child_process";
import { randomInt } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type DatabaseOptions, openDatabase } from "../../server/src/engine/database/open.ts";
import { aliasCrashPoints, crashPoints } from "../../server/src/service/lifecycle/crash-points.ts";
import { type PostgresCluster, startPostgres } from "../postgres.ts";
import { temporaryDirectory } from "../rig/peer.ts";
import type { Orders } from "./lives/child.ts";
import { endOf, soundnessOf } from "./lives/end.ts";
import { begin } from "./lives/world.ts";

const directory = temporaryDirectory("lives");
const restartsMax = 400;
let postgres: PostgresCluster;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(async () => {
  await postgres.stop();
  directory.remove();
});

const makes: Record<string, (name: string) => DatabaseOptions> = {
  SQLite: (name) => ({ file: join(directory.path, `${name}.db`) }),
  PostgreSQL: () => ({ file: "/nonexistent/never-touched.db", url: postgres.createDatabase() }),
};

/** Plays on until the end or the next death; true: it was killed. */
function playOn(orders: Orders): Promise<boolean> {
  const program = join(import.meta.dirname, "lives", "child.ts");
  return new Promise((resolve, reject) => {
    const env = { ...process.env, NODE_COMPILE_CACHE: join(directory.path, "compiled") };
    execFile(process.execPath, [program, JSON.stringify(orders)], { env }, (error, _stdout, stderr) => {
      if (error === null) resolve(false);
      else if (error.signal === "SIGKILL") resolve(true);
      else reject(new Error(`${error.message}\n${stderr}`));
    });
  });
}

/** All lives from the beginning on a database of their own. `dies`: of the n-th process. */
async function livesOn(make: string, name: string, dies: (process: number) => Orders["dies"]) {
  const database = makes[make]!(name);
  const db = await openDatabase(database);
  await begin(db);
  const at = (what: string): string => join(directory.path, `${make} ${name} ${what}`);
  const orders = { database, progress: at("progress"), deaths: at("deaths") };
  let kills = 0;
  while (await playOn({ ...orders, dies: dies(kills) })) {
    kills++;
    if (kills > restartsMax) throw new Error("it dies and dies");
    expect(await soundnessOf(db), `after kill ${kills}`).toEqual([]);
  }
  expect(await soundnessOf(db), "at the end").toEqual([]);
  const end = await endOf(db);
  await db.destroy();
  return { kills, end, deaths: readFileSync(orders.deaths, "utf8").trimEnd().split("\n") };
}

/** These processes are killed at any commit, if none of a new kind comes first. */
const atRandom = [10, 20, 30];

describe.concurrent.each(Object.keys(makes))("%s", (make) => {
  test("S6 I-13 killed before and after every kind of commit, and thrice anywhere, all lives end as undisturbed ones do", async () => {
    const [undisturbed, killed] = await Promise.all([
      livesOn(make, "undisturbed", () => "never"),
      livesOn(make, "killed", (process) => ({ atCommit: atRandom.includes(process) ? randomInt(1, 10) : 1e9 })),
    ]);
    const died = killed.deaths;
    for (const point of [...crashPoints, ...aliasCrashPoints]) {
      const step = point.replace("-", " ");
      expect(
        died.some((death) => death.startsWith(`${step}: `)),
        `no life comes to ${point}`,
      ).toBe(true);
    }
    for (const table of ["signers", "claim_facts", "rollout_facts", "move_facts", "alias_facts", "rotations"])
      expect(
        died.some((death) => death.includes(` ${table}`)),
        `no life writes ${table}`,
      ).toBe(true);
    expect(
      undisturbed.deaths.filter((death) => !died.includes(death)),
      "not died",
    ).toEqual([]);
    expect(killed.kills).toBeGreaterThanOrEqual(40);
    expect(killed.end).toEqual(undisturbed.end);
    console.info(`${make}: ${killed.kills} kills`);
  }, 900_000);
});
