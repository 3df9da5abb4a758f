import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { newId } from "../engine/database/id.ts";
import { describeJourneys } from "./moves.suite.ts";

const folder = mkdtempSync(join(tmpdir(), "chancery-moves-"));
afterAll(() => rmSync(folder, { recursive: true }));

describeJourneys(
  () => ({ file: join(folder, `${newId("dom")}.db`) }),
  [["txt", "cname-ring", "ns-subdomain", "cname-ring"]],
);
