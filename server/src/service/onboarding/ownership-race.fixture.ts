import { once } from "node:events";
import { type DatabaseOptions, openDatabase } from "../../engine/database/open.ts";
import { findDomain } from "../../engine/database/domains.ts";
import { inParallel } from "../../engine/resolver/authorities/parallel.ts";
import { ownershipWorld } from "./ownership.fixture.ts";

/**
 * A process of a race for one domain: it opens the database named by the first argument (JSON), and when it is told to go it
 * looks at all claims named by the second, many at once, each with its proof in place. It prints how each of them came off.
 */
/** More than there are connections, and fewer than the time for which one is waited for allows. */
const atOnce = 25;
const [options = "", racers = "[]"] = process.argv.slice(2);
const db = await openDatabase(JSON.parse(options) as DatabaseOptions);
const world = ownershipWorld(db);
const claims = await Promise.all(
  (JSON.parse(racers) as { id: string; tenantId: string }[]).map(async ({ id, tenantId }) => {
    const row = await findDomain(db, tenantId, id);
    if (row === undefined) throw new Error(`${id} is not there`);
    return row;
  }),
);
for (const row of claims) world.prove(row);
process.stdout.write("ready\n");
await once(process.stdin, "data");
const came = await inParallel(claims, async (row) => ({ id: row.id, proof: await world.lookAs(row) }), atOnce);
process.stdout.write(`${JSON.stringify(came)}\n`);
await db.destroy();
process.exit(0); // standard input is still open
