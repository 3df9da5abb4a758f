// kill -9 right before and right after every kind of commit of the whole life cycle, on SQLite and on PostgreSQL: whoever comes next goes on
// from what was recorded, and comes to the end of a life that nobody disturbed.
import { execFile } from "node:child_process";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
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
    execFile(process.execPath, [program, JSON.stringify(orders)], (error, _stdout, stderr) => {
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
  const deaths = orders.deaths;
  return { kills, end, deaths: (): string[] => readFileSync(deaths, { encoding: "utf8", flag: "a+" }).split("\n") };
}

describe.concurrent.each(Object.keys(makes))("%s", (make) => {
  test("S6 I-13 killed before and after every kind of commit, and at forty numbered ones, all lives end as undisturbed ones do", async () => {
    const undisturbed = await livesOn(make, "undisturbed", () => "never");
    const kinds = undisturbed.deaths();
    for (const point of [...crashPoints, ...aliasCrashPoints]) {
      const [, when, step] = /^(before|after)-(.*)$/.exec(point) ?? [];
      expect(
        kinds.some((kind) => kind.startsWith(`${when} ${step}: `)),
        `no life comes to ${point}`,
      ).toBe(true);
    }
    for (const table of ["signers", "claim_facts", "rollout_facts", "move_facts", "alias_facts", "rolls"])
      expect(
        kinds.some((kind) => kind.includes(` ${table}`)),
        `no life writes ${table}`,
      ).toBe(true);

    const each = await livesOn(make, "each", () => "at each that is new");
    expect(each.end).toEqual(undisturbed.end);
    console.info(`${make}: ${each.kills} kills`);
  });
});
void appendFileSync;
void writeFileSync;
