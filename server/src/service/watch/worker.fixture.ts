import { setTimeout as pause } from "node:timers/promises";
import { type DatabaseOptions, openDatabase } from "../../engine/database/open.ts";
import { keyOne } from "../../model/watch/test-looks.ts";
import { auditOf, work, worldOf } from "./watch.fixture.ts";

/**
 * A worker of its own for the tests: looks at everything that is due in the database named by the first argument (JSON) and
 * prints a line for each audit that begins. Given a number, it never ends its audit of that number.
 */
const [options = "", owner = "", hangsAt = ""] = process.argv.slice(2);
const db = await openDatabase(JSON.parse(options) as DatabaseOptions);
const world = worldOf(db, owner);
let audits = 0;
const audit: typeof world.deps.audit = async (request) => {
  audits++;
  process.stdout.write(`${request.domain}\n`);
  if (audits === Number(hangsAt)) await pause(600_000);
  return auditOf(request, { s1: { text: keyOne } });
};
await work({ ...world, deps: { ...world.deps, audit } }, 2);
await db.destroy();
