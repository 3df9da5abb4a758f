import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { someDomain } from "../../engine/database/rows.fixture.ts";
import { findVerifiedDomain } from "../../engine/database/domains.ts";
import { type DatabaseOptions, openDatabase } from "../../engine/database/open.ts";
import { transact } from "../../engine/database/transact.ts";

type Came = { id: string; proof?: string };

/** Threat 32: so many tenants that all have their proof in place, and look at the same moment from several processes. */
export function describeOwnershipRace(
  fresh: () => Promise<DatabaseOptions>,
  { claims, processes }: { claims: number; processes: number },
): void {
  test(`R-32 of ${claims} tenants that verify one domain at once, from ${processes} processes, exactly one wins`, async () => {
    const options = await fresh();
    const db = await openDatabase(options);
    const rows = Array.from({ length: claims }, (_, index) => ({ id: `dom_${index}`, tenantId: `ten_${index}` }));
    await transact(db, async (trx) => {
      const tenants = rows.map(({ tenantId }) => ({ id: tenantId, name: tenantId, createdAt: 1 }));
      await trx.insertInto("tenants").values(tenants).execute();
      const domains = rows.map(({ id, tenantId }) => {
        const { algorithms, ...domain } = someDomain(tenantId, id, "race.example");
        return { ...domain, challengeToken: id, algorithms: JSON.stringify(algorithms), options: "{}", changedIn: 1 };
      });
      for (let from = 0; from < domains.length; from += 500)
        await trx
          .insertInto("domains")
          .values(domains.slice(from, from + 500).map((domain) => ({ ...domain, rev: 0, dueAt: 1 })))
          .execute();
    });
    const racers = await Promise.all(
      Array.from({ length: processes }, (_, index) =>
        racerOf(
          options,
          rows.filter((_row, at) => at % processes === index),
        ),
      ),
    );
    const came = (await Promise.all(racers.map((go) => go()))).flat();
    const tally = Map.groupBy(came, ({ proof }) => proof);
    expect(tally.get("proven")).toHaveLength(1);
    expect(tally.get("claimed-elsewhere")).toHaveLength(claims - 1);
    expect((await findVerifiedDomain(db, "race.example"))?.id).toBe(tally.get("proven")?.[0]?.id);
    const facts = await db.selectFrom("claimFacts").select("domainId").execute();
    expect(facts.map(({ domainId }) => domainId)).toEqual([tally.get("proven")?.[0]?.id]);
    await db.destroy();
  }, 60_000);
}

/** A process that is ready to race; resolves to what starts it and brings what came of its claims. */
async function racerOf(
  options: DatabaseOptions,
  claims: readonly { id: string; tenantId: string }[],
): Promise<() => Promise<Came[]>> {
  const program = fileURLToPath(new URL("ownership-race.fixture.ts", import.meta.url));
  const child = spawn(process.execPath, [program, JSON.stringify(options), JSON.stringify(claims)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout });
  await once(lines, "line");
  return async () => {
    const line = once(lines, "line");
    child.stdin.write("go\n");
    return JSON.parse(String((await line)[0])) as Came[];
  };
}
