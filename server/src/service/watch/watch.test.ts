import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe } from "vitest";
import { describeWatching } from "./watch.suite.ts";

const folder = mkdtempSync(join(tmpdir(), "chancery-watch-"));
let files = 0;

describe("SQLite", () => {
  afterAll(() => rmSync(folder, { recursive: true }));
  describeWatching(async () => ({ file: join(folder, `${++files}.db`) }));
});
