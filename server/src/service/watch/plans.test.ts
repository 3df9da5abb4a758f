import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CompiledQuery, type KyselyPlugin, type RootOperationNode } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openDatabase } from "../../engine/database/open.ts";
import type { Database } from "../../engine/database/schema.ts";
import { endWatchLeasesOf, listWatchLeaseOwners } from "../../engine/database/watch-claims.ts";
import {
  countFindings,
  listFindings,
  listObservations,
  listSelectors,
  listWatchEvents,
} from "../../engine/database/watch-lists.ts";
import { findWatchByName, listWatches } from "../../engine/database/watches.ts";
import { addTenant, startOfTime, watch, work, type World, worldOf } from "./watch.fixture.ts";

/** What watching asks of the database, and how the database goes about it: a million other domains must not matter. */
const folder = mkdtempSync(join(tmpdir(), "chancery-plans-"));
let plain: Database;
let db: Database;
let world: World;
let tenant: string;
const asked: RootOperationNode[] = [];
const listening: KyselyPlugin = {
  transformQuery: ({ node }) => {
    asked.push(node);
    return node;
  },
  transformResult: async ({ result }) => result,
};

beforeAll(async () => {
  plain = await openDatabase({ file: join(folder, "watch.db") });
  db = plain.withPlugin(listening);
  tenant = await addTenant(plain);
  world = worldOf(db);
  await watch(world, tenant, "example.com");
  world.standing.set("example.com", { s1: "absent" });
});
afterAll(async () => {
  await plain.destroy();
  rmSync(folder, { recursive: true });
});

/** The steps by which SQLite carries out each statement of `work`. */
async function plansOf(todo: () => Promise<unknown>): Promise<string[]> {
  asked.length = 0;
  await todo();
  const steps: string[] = [];
  for (const node of asked.splice(0)) {
    const { sql, parameters } = plain.getExecutor().compileQuery(node, { queryId: "plan" });
    if (!/^(select|insert|update|delete)/.test(sql)) continue;
    const { rows } = await plain.executeQuery<{ detail: string }>(
      CompiledQuery.raw(`explain query plan ${sql}`, [...parameters]),
    );
    steps.push(...rows.map(({ detail }) => detail));
  }
  return steps;
}

async function lookAgain(): Promise<void> {
  world.clock.now = startOfTime + 86_400 * 2;
  await work(world);
}

const page = { limit: 10 };
const filter = { state: "open", severityAtMost: 2 } as const;
const watched = async (): Promise<string> => (await findWatchByName(plain, tenant, "example.com"))!.id;
const cases: [name: string, todo: () => Promise<unknown>][] = [
  ["a tick with one domain due, its look and all that it records", () => work(world)],
  ["a tick with nothing due", () => work(world)],
  ["another look, which changes what is remembered", () => lookAgain()],
  ["the leases of the dead", async () => endWatchLeasesOf(db, (await listWatchLeaseOwners(db))[0] ?? "nobody", 1)],
  ["the list of watches", () => listWatches(db, tenant, { ...page, after: "a" })],
  ["the counts beside it", async () => countFindings(db, tenant, [await watched()])],
  ["all findings", () => listFindings(db, tenant, filter, page)],
  ["the findings of one domain", async () => listFindings(db, tenant, { ...filter, watchId: await watched() }, page)],
  ["the inventory", () => listSelectors(db, tenant, undefined, { ...page, after: "a" })],
  ["the inventory of one domain", async () => listSelectors(db, tenant, await watched(), page)],
  ["observations", async () => listObservations(db, tenant, await watched(), page)],
  ["all events", () => listWatchEvents(db, tenant, undefined, page)],
  ["the events of one domain", async () => listWatchEvents(db, tenant, await watched(), page)],
];
test.each(cases)("%s reads no table from end to end", async (_, todo) => {
  const steps = await plansOf(todo);
  expect(steps.length).toBeGreaterThan(0);
  expect(steps.filter((step) => /^SCAN (?!watches USING COVERING INDEX watches_leased)/.test(step))).toEqual([]);
});
