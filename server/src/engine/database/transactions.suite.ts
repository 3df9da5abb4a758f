import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openDatabase, type DatabaseOptions } from "./open.ts";
import { addTenant } from "./rows.fixture.ts";
import type { Database } from "./schema.ts";
import { findTenant, insertTenant } from "./tenants.ts";
import { transact, unlessTaken } from "./transact.ts";

export function describeTransactions(fresh: () => Promise<DatabaseOptions>): void {
  describe("transactions", () => {
    let db: Database;
    beforeAll(async () => {
      db = await openDatabase(await fresh());
    });
    afterAll(() => db.destroy());

    test("what is thrown undoes everything and reaches the caller", async () => {
      const failed = transact(db, async (trx) => {
        await insertTenant(trx, { id: "undone", name: "undone", createdAt: 1 });
        throw new Error("no");
      });
      await expect(failed).rejects.toThrow("no");
      expect(await findTenant(db, "undone")).toBeUndefined();
    });

    test("F-12 two that lock the same rows in opposite order both finish", async () => {
      const [a, b] = [await addTenant(db), await addTenant(db)];
      const rename = (first: string, second: string, name: string): Promise<void> =>
        transact(db, async (trx) => {
          await trx
            .updateTable("tenants")
            .set({ name: `${name} 1` })
            .where("id", "=", first)
            .execute();
          await pause(100);
          await trx
            .updateTable("tenants")
            .set({ name: `${name} 2` })
            .where("id", "=", second)
            .execute();
        });
      await Promise.all([rename(a, b, "there"), rename(b, a, "back")]);
      const names = [(await findTenant(db, a))?.name, (await findTenant(db, b))?.name];
      expect([
        ["there 1", "there 2"],
        ["back 2", "back 1"],
      ]).toContainEqual(names);
    });

    test("a value that is taken undoes its own statement only", async () => {
      await transact(db, async (trx) => {
        const take = (id: string): Promise<object | undefined> =>
          unlessTaken(trx, () =>
            trx.insertInto("tenants").values({ id, name: "taken", createdAt: 1 }).executeTakeFirst(),
          );
        expect(await take("one")).toBeDefined();
        expect(await take("two")).toBeUndefined();
      });
      expect(await findTenant(db, "one")).toBeDefined();
      expect(await findTenant(db, "two")).toBeUndefined();
    });

    test("a reference to a row that does not exist is refused", async () => {
      const token = { id: "t", tenantId: "nobody", name: "t", hash: "t", createdAt: 1, revokedAt: null };
      await expect(db.insertInto("tokens").values(token).execute()).rejects.toThrow(/foreign key/i);
    });

    test("a time that is not a whole number is refused", async () => {
      await expect(insertTenant(db, { id: "half", name: "half", createdAt: 1.5 })).rejects.toThrow(/integer|bigint/i);
    });

    test("whole numbers come back as numbers, however large a time gets", async () => {
      await insertTenant(db, { id: "large", name: "large", createdAt: Number.MAX_SAFE_INTEGER });
      expect((await findTenant(db, "large"))?.createdAt).toBe(Number.MAX_SAFE_INTEGER);
    });
  });
}
