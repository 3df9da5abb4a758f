import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe } from "vitest";
import { describeRegistrations } from "./registrations.suite.ts";

const folder = mkdtempSync(join(tmpdir(), "chancery-registrations-"));

describe("SQLite", () => {
  afterAll(() => rmSync(folder, { recursive: true }));
  describeRegistrations(() => ({ file: join(folder, "registrations.db") }));
});
