import { setTimeout as pause } from "node:timers/promises";
import { newId } from "./id.ts";
import { openDatabase, type DatabaseOptions } from "./open.ts";
import { insertTenant } from "./tenants.ts";
import { transact } from "./transact.ts";
import { raiseSerial } from "./zones.ts";

/**
 * A second process for the tests: opens the database named by the first argument (JSON), does what the second says, and prints a line for each
 * step that is done.
 */
const [options = "", task = "", subject = "", times = "0"] = process.argv.slice(2);
const db = await openDatabase(JSON.parse(options) as DatabaseOptions);

const TASKS: Record<string, () => Promise<void>> = {
  open: async () => done("opened"),

  /** Raises a zone's serial again and again. */
  raise: async () => {
    for (let i = 0; i < Number(times); i++) await transact(db, (trx) => raiseSerial(trx, subject, 0, 0));
    done("raised");
  },

  /** Commits one tenant after the other, and says which only when it is committed. */
  commit: async () => {
    for (;;) {
      const id = newId("ten");
      await transact(db, async (trx) => void (await insertTenant(trx, { id, name: id, createdAt: 1 })));
      done(id);
    }
  },

  /** Stays in the middle of a transaction that has written. */
  hang: async () => {
    await transact(db, async (trx) => {
      await insertTenant(trx, { id: subject, name: subject, createdAt: 1 });
      done("written");
      await pause(600_000);
    });
  },
};

function done(what: string): void {
  process.stdout.write(`${what}\n`);
}

await TASKS[task]?.();
await db.destroy();
