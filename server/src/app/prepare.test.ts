import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { loadConfig } from "./config.ts";
import { openDataDirectory } from "./data-directory.ts";
import { prepare } from "./prepare.ts";

const root = mkdtempSync(join(tmpdir(), "chancery-prepare-"));
afterAll(() => rmSync(root, { recursive: true }));
const loaded = loadConfig({ environment: {}, options: { "data.dir": root } });

test("F-10 a database that is gone from beside its zones is waited for, not made anew", async () => {
  const directory = openDataDirectory(root);
  expect(await prepare(loaded, directory, 1)).toMatchObject({ ok: true, prepared: { firstStart: true } });
  for (const suffix of ["", "-wal", "-shm"]) rmSync(`${directory.database}${suffix}`, { force: true });
  writeFileSync(directory.zoneSnapshot, "");
  expect(await prepare(loaded, directory, 1)).toMatchObject({
    ok: false,
    problem: expect.stringContaining("is missing"),
  });
  expect(existsSync(directory.database)).toBe(false);
});
