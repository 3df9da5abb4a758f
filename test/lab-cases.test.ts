// The lab's cases from a file: what `chancery audit --dns FILE` can show of them (the rest is in test/interop/lab.test.ts).
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { run } from "../server/src/app/cli/test-run.ts";
import { shippedCatalogue } from "../server/src/app/provider-catalogue.ts";
import { parseFixture } from "../server/src/engine/resolver/fixture.ts";
import { auditContextOf } from "../server/src/model/audit/context.ts";
import { nothingExpected } from "../server/src/model/audit/expectations.ts";
import { findingCodes } from "../server/src/model/audit/finding-codes.ts";
import { auditDomain } from "../server/src/service/audit/audit-domain.ts";
import { labCases, tableCodes } from "./lab/case.ts";
import { type AuditDocument, judge } from "./lab/judge.ts";
import { auditWords } from "./lab/options.ts";
import { fileOf, zonesOf } from "./lab/zones.ts";
import { temporaryDirectory } from "./rig/peer.ts";

const all = await labCases();
const cases = all.filter(({ on, history }) => on !== "network" && history === undefined);
const daySeconds = 86_400;
const directory = temporaryDirectory("lab-cases");
afterAll(() => directory.remove());

test.each(cases.map((one) => [one.name, one.shows, one] as const))("%s: %s", async (name, _, one) => {
  const file = join(directory.path, `${name}.zone`);
  writeFileSync(file, fileOf(zonesOf([one], () => ["192.0.2.53", "198.51.100.53"])));
  const { out, errors, status } = await run(...(await auditWords(one, directory.path)), "--dns", file);
  expect(out, errors).not.toBe("");
  judge(one, status, JSON.parse(out) as AuditDocument);
});

/** The command keeps no history; what a watch hands to the same audit is made up here. */
test.each(all.filter(({ history }) => history !== undefined).map((one) => [one.name, one.shows, one] as const))(
  "%s: %s",
  async (_name, _shows, one) => {
    const parsed = parseFixture(fileOf(zonesOf([one], () => ["192.0.2.53", "198.51.100.53"])));
    if (!parsed.ok) throw new Error(parsed.problem);
    const now = Math.floor(Date.now() / 1000);
    const sights = (one.history ?? []).map(({ daysAgo: [first, last], ...seen }) => ({
      ...seen,
      firstSeen: now - first * daySeconds,
      lastSeen: now - last * daySeconds,
    }));
    const { audit } = await auditDomain({
      domain: one.domain,
      now,
      lookup: parsed.value,
      dns: "file",
      namesInZone: parsed.value.namesListed,
      expectations: { ...nothingExpected, selectors: ["s1"] },
      history: { keyNames: { [`s1._domainkey.${one.domain}`]: sights } },
      context: auditContextOf(shippedCatalogue()),
    });
    judge(one, undefined, audit);
  },
);

test("every code of the auditor's first table has a case in which it has to be found, and no case a code that is none", () => {
  const shown = new Set(all.flatMap(({ finds }) => Object.keys(finds)));
  expect(tableCodes.filter((code) => !shown.has(code))).toEqual([]);
  expect([...shown].filter((code) => !(code in findingCodes))).toEqual([]);
});
