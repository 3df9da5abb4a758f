// The lab's cases from a file: what `chancery audit --dns FILE` can show of them (the rest is in test/interop/lab.test.ts).
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { run } from "../server/src/app/cli/test-run.ts";
import { labCases } from "./lab/case.ts";
import { type AuditDocument, judge } from "./lab/judge.ts";
import { auditWords } from "./lab/options.ts";
import { fileOf, zonesOf } from "./lab/zones.ts";
import { temporaryDirectory } from "./rig/peer.ts";

const cases = (await labCases()).filter(({ on }) => on !== "network");
const directory = temporaryDirectory("lab-cases");
afterAll(() => directory.remove());

test.each(cases.map((one) => [one.name, one.shows, one] as const))("%s: %s", async (name, _, one) => {
  const file = join(directory.path, `${name}.zone`);
  writeFileSync(file, fileOf(zonesOf([one], () => ["192.0.2.53", "198.51.100.53"])));
  const { out, errors, status } = await run(...(await auditWords(one, directory.path)), "--dns", file);
  expect(out, errors).not.toBe("");
  judge(one, status, JSON.parse(out) as AuditDocument);
});
