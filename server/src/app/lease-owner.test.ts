import { spawnSync } from "node:child_process";
import { hostname } from "node:os";
import { afterAll, beforeAll, expect, test } from "vitest";
import { claimDomain, listLeaseOwners } from "../engine/database/lease.ts";
import { newId } from "../engine/database/id.ts";
import { openDatabase } from "../engine/database/open.ts";
import { addDomain, addTenant } from "../engine/database/rows.fixture.ts";
import type { Database } from "../engine/database/schema.ts";
import { claimWatch, listWatchLeaseOwners } from "../engine/database/watch-claims.ts";
import { insertWatch } from "../engine/database/watches.ts";
import { freshDatabase } from "../engine/database/fresh.fixture.ts";
import { endLeasesOfTheDead } from "./lease-owner.ts";

let db: Database;
beforeAll(async () => {
  db = await openDatabase(await freshDatabase());
});
afterAll(() => db.destroy());

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

test.each(cases)("the lease that %s has of a watch: %s stays: %s", async (_, owner, stays) => {
  const id = newId("wat");
  await insertWatch(db, {
    id,
    tenantId: await addTenant(db),
    name: `${id}.example`,
    intervalSeconds: 3600,
    selectors: [],
    challengeToken: "t",
    createdAt: 1,
    dueAt: 1,
  });
  await claimWatch(db, id, { owner, leaseSeconds: 60, now: 1000 });
  await endLeasesOfTheDead(db, 1001);
  expect((await listWatchLeaseOwners(db)).includes(owner)).toBe(stays);
});
