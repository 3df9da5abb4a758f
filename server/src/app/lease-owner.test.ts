import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { claimDomain, listLeaseOwners } from "../engine/database/lease.ts";
import { openDatabase } from "../engine/database/open.ts";
import { addDomain, addTenant } from "../engine/database/rows.fixture.ts";
import type { Database } from "../engine/database/schema.ts";
import { endLeasesOfTheDead } from "./lease-owner.ts";

const directory = mkdtempSync(join(tmpdir(), "chancery-lease-"));
let db: Database;
beforeAll(async () => {
  db = await openDatabase({ file: join(directory, "chancery.sqlite") });
});
afterAll(async () => {
  await db.destroy();
  rmSync(directory, { recursive: true });
});

const gone = spawnSync("true").pid;
const cases = [
  ["a process of this machine that is gone", `${hostname()} ${gone} aa`, false],
  ["a process that had our pid before us", `${hostname()} ${process.pid} bb`, false],
  ["a process of this machine that runs", `${hostname()} ${process.ppid} cc`, true],
  ["a process of another machine", `elsewhere ${gone} dd`, true],
] as const;

test.each(cases)("the lease of %s: %s stays: %s", async (_, owner, stays) => {
  const { id } = await addDomain(db, await addTenant(db));
  await claimDomain(db, id, owner, 60, 1000);
  await endLeasesOfTheDead(db, 1001);
  expect((await listLeaseOwners(db)).includes(owner)).toBe(stays);
});
