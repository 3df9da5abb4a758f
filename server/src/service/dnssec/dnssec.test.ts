import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { describeDnssec } from "./dnssec.suite.ts";

const folder = mkdtempSync(join(tmpdir(), "chancery-dnssec-"));
afterAll(() => rmSync(folder, { recursive: true }));
let databases = 0;

describeDnssec(() => ({ file: join(folder, `${++databases}.db`) }));
