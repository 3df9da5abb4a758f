import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { describeRollouts } from "./rollout.suite.ts";

const folder = mkdtempSync(join(tmpdir(), "chancery-rollout-"));
afterAll(() => rmSync(folder, { recursive: true }));
let databases = 0;

describeRollouts(() => ({ file: join(folder, `${++databases}.db`) }));
