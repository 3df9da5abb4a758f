import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe } from "vitest";
import { describeReports } from "./reports.suite.ts";

const folder = mkdtempSync(join(tmpdir(), "chancery-reports-"));

describe("SQLite", () => {
  afterAll(() => rmSync(folder, { recursive: true }));
  describeReports(() => ({ file: join(folder, "reports.db") }));
});
