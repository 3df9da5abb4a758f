import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe } from "vitest";
import { describeDatabase } from "./database.suite.ts";

const folder = mkdtempSync(join(tmpdir(), "chancery-sqlite-"));
let files = 0;

describe("SQLite", () => {
  afterAll(() => rmSync(folder, { recursive: true }));
  describeDatabase(async () => ({ file: join(folder, `${++files}.db`) }));
});
