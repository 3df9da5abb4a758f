import { expect, test } from "vitest";
import { openDatabase } from "../../engine/database/open.ts";
import { listRecordStates } from "../../engine/database/record-states.ts";
import { freshDatabase } from "../../engine/database/fresh.fixture.ts";
import { ownershipWorld } from "./ownership.fixture.ts";

test("what stood in the place of an alias is remembered for its TTL, also when it is gone", async () => {
  const db = await openDatabase(await freshDatabase());
  const world = ownershipWorld(db);
  const row = await world.claim(await world.tenant(), "customer.example");
  const name = "s1._domainkey.customer.example";
  const former = async (): Promise<unknown> => {
    await world.look(row);
    const states = await listRecordStates(db, row.tenantId, row.id);
    return (states.find((one) => one.name === name)!.found as { former?: unknown }).former;
  };
  expect(await former()).toBeUndefined();
  world.standing.set(name, ["what a wildcard says"]);
  const until = { zone: "customer.example", untilMs: (world.clock.seconds + 300) * 1000 };
  expect(await former()).toEqual(until);
  world.standing.delete(name);
  world.pass(299);
  expect(await former()).toEqual(until);
  world.pass(1);
  expect(await former()).toBeUndefined();
  await db.destroy();
});
