import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { describeOwnership } from "./ownership.suite.ts";
import { describeOwnershipHistory, describeProofPlace } from "./ownership-history.suite.ts";
import { describeOwnershipRace } from "./ownership-race.suite.ts";

const folder = mkdtempSync(join(tmpdir(), "chancery-ownership-"));
afterAll(() => rmSync(folder, { recursive: true }));

let databases = 0;
const fresh = (): { file: string } => ({ file: join(folder, `${++databases}.db`) });

describeOwnership(fresh);
describeOwnershipHistory(fresh);
describeOwnershipRace(fresh, { claims: 60, processes: 2 });
describeProofPlace();
