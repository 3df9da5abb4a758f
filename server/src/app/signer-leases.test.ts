import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { newId } from "../engine/database/id.ts";
import { describeSigners } from "./signer-leases.suite.ts";

const folder = mkdtempSync(join(tmpdir(), "chancery-signers-"));
afterAll(() => rmSync(folder, { recursive: true }));

describeSigners(() => ({ file: join(folder, `${newId("dom")}.db`) }));
