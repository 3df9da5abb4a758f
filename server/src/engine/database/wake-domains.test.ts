import { expect, test } from "vitest";
import { freshDatabase } from "./fresh.fixture.ts";
import { wakeDomainsOfKeys } from "./lease.ts";
import { openDatabase } from "./open.ts";

test("a signer that begins with more keys than one statement can name wakes their domains all the same", async () => {
  const db = await openDatabase(await freshDatabase());
  const keyIds = Array.from({ length: 70_000 }, (_, index) => `key_${index}`);
  await expect(wakeDomainsOfKeys(db, keyIds, 1)).resolves.toBeUndefined();
  await db.destroy();
});
