import { expect, test } from "vitest";
import { run } from "../test-run.ts";

test("lab list names what there is to be seen", async () => {
  const { out, status } = await run("lab", "list", "--json");
  expect([
    out
      .split("\n")
      .filter(Boolean)
      .map((line) => (JSON.parse(line) as { name: string }).name),
    status,
  ]).toEqual([["delegation-faults"], 0]);
});

test("lab run refuses what it does not know, and says where the names are", async () => {
  const { errors, status } = await run("lab", "run", "delegation-fault");
  expect(errors).toContain("chancery lab list");
  expect(status).toBe(2);
});
