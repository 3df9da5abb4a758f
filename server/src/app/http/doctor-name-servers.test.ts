import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openDatabase } from "../../engine/database/open.ts";
import type { Database } from "../../engine/database/schema.ts";
import { authorityFor, startAuthority } from "../../engine/resolver/test-authority.ts";
import { QueryCounter } from "../../engine/dns-server/query-statistics.ts";
import { type NameServerReport, putReport } from "../../service/name-server/report.ts";
import type { CopyReport, LaggingZone } from "../../service/name-server/copy-watch.ts";
import { keepCatalog } from "../../service/lifecycle/catalog.ts";
import { importZone } from "../../service/zone/import.ts";
import { loadConfig } from "../config.ts";
import { addressChecks, reportChecks, secondaryChecks, zoneChecks } from "./doctor-name-servers.ts";

const root = mkdtempSync(join(tmpdir(), "chancery-doctor-"));
const zone = "dkim.esp.example";
const soaOf = (serial: number): string =>
  `@ 3600 SOA ns hostmaster ${serial} 3600 600 1209600 300\n@ NS ns\nns A 127.53.62.1`;
const address = "127.53.62.1";
let db: Database;

beforeAll(async () => {
  db = await openDatabase({ file: join(root, "db") });
  await importZone(db, zone, soaOf(7), "test", 1000);
});
afterAll(async () => {
  await db.destroy();
  rmSync(root, { recursive: true });
});

const configFor = (port: number) =>
  loadConfig({
    environment: {
      CHANCERY_DNS_ZONE: zone,
      CHANCERY_DNS_NAMESERVERS: `[{name: ns1.${zone}, addresses: [${address}]}]`,
      CHANCERY_RESOLVER_AUTHORITY_PORT: String(port),
    },
  }).config;

test.each([
  ["serves the zone", { [zone]: soaOf(7) }, "ok", "over UDP and TCP, serial 7"],
  ["serves an older version", { [zone]: soaOf(6) }, "warning", "serial 6"],
  ["does not serve the zone", { "other.example": soaOf(7) }, "failed", "REFUSED"],
])("a name server that %s", async (_, zones, state, detail) => {
  const authority = await startAuthority([address], ({ query }) => authorityFor(zones)(query));
  try {
    expect(await addressChecks({ db }, configFor(authority.port), 500)).toEqual([
      { check: `ns1.${zone} ${address}`, state, detail: expect.stringContaining(detail) },
    ]);
  } finally {
    await authority.close();
  }
});

test("a name server that gives no answer from here is a warning, since others may reach it", async () => {
  const checks = await addressChecks({ db }, configFor(1), 50);
  expect(checks).toEqual([
    { check: `ns1.${zone} ${address}`, state: "warning", detail: expect.stringContaining("open for UDP and TCP") },
  ]);
});

const report: NameServerReport = {
  node: "a",
  version: "0",
  listen: "127.0.0.1:53",
  startedAt: 0,
  at: 1000,
  zones: 3,
  notReady: [],
  serials: {},
  queries: new QueryCounter().read(),
};

test("each node is judged by its last report: one that is silent or cannot serve a zone failed, and one gone for a week is forgotten", async () => {
  const now = 1_000_000;
  await putReport(db, { ...report, at: now - 5 });
  await putReport(db, { ...report, node: "b", at: now - 61 });
  await putReport(db, { ...report, node: "c", at: now, notReady: ["broken.example"] });
  await putReport(db, { ...report, node: "d", at: now - 8 * 86_400 });
  await putReport(db, { ...report, node: "e", at: now, conflicts: ["old.example, serial 7"] });
  await putReport(db, { ...report, node: "f", at: now, overrides: ["www.esp.example A"] });
  await putReport(db, { ...report, node: "g", at: now, lost: "the disk failed" });
  const checks = await reportChecks({ db, now: () => now });
  expect(checks.map(({ check, state }) => `${check}: ${state}`)).toEqual([
    "name server a: ok",
    "name server b: failed",
    "name server c: failed",
    "name server e: failed",
    "name server f: warning",
    "name server g: failed",
  ]);
  expect(checks[3]!.detail).toMatch(/old\.example, serial 7.*nameserver reconcile/);
  expect(checks[4]!.detail).toContain("www.esp.example A");
  expect(checks[1]!.detail).toContain("nothing for 61 s");
  expect(checks[2]!.detail).toContain("broken.example");
});

test("DNS-D-25 each zone has to be served with its serial, but the catalog is not asked for: it is for secondaries alone", async () => {
  await keepCatalog(db, `catalog.${zone}`, 1000);
  const asked: string[] = [];
  const servedBy = (origin: string, serial: number): Promise<boolean> => {
    asked.push(`${origin} ${serial}`);
    return Promise.resolve(false);
  };
  expect(await zoneChecks({ db, servedBy })).toEqual([
    { check: `zone ${zone}`, state: "failed", detail: expect.stringContaining("serial 7") },
  ]);
  expect(asked).toEqual([`${zone} 7`]);
});

test("DNS-D-30 each secondary is told of, the worst that is wrong there in words; a name server that is silent has no say", async () => {
  const place = { secondary: "ns2", address: "192.0.2.2", port: 53, answeredAt: 1990, lagSeconds: 70 };
  const about = (problem: LaggingZone["problem"], more: Partial<LaggingZone> = {}): CopyReport => ({
    ...place,
    state: "alarm",
    lagging: 2,
    worst: [{ origin: "a.example", problem, since: 1930, ...more }],
  });
  const report = (node: string, at: number, copies: CopyReport[]): NameServerReport => ({
    node,
    version: "0.1.0",
    listen: "127.0.0.1:53",
    startedAt: 1,
    at,
    zones: 1,
    notReady: [],
    serials: {},
    queries: new QueryCounter().read(),
    copies,
    notCopied: node === "well" ? ["signed.example"] : [],
  });
  await putReport(db, report("old", 1, [about("behind")]));
  await putReport(db, {
    ...report("well", 2000, [
      { ...place, state: "current", lagging: 0, lagSeconds: 0, worst: [] },
      { ...place, state: "behind", lagging: 1, worst: [] },
      { ...about("behind"), silentSince: 1930 },
      about("behind", { serial: 7, seen: 6 }),
      about("went-back", { serial: 7, seen: 6 }),
      about("ahead", { serial: 7, seen: 9 }),
      about("absent", { serial: 7 }),
      about("failing", { serial: 7 }),
      about("still-served", { seen: 6 }),
    ]),
  });
  const checks = await secondaryChecks({ db, now: () => 2000 });
  expect(checks.map(({ state, detail }) => `${state} ${detail}`)).toEqual([
    expect.stringContaining("failed signed.example: signed as they are asked"),
    expect.stringContaining("ok serves what it should"),
    expect.stringContaining("ok is about to have the latest changes (zones: 1)"),
    expect.stringContaining("failed does not answer, for 70 s"),
    expect.stringContaining("failed a.example: it serves serial 6 instead of 7"),
    expect.stringContaining("failed a.example: it served a later version before"),
    expect.stringContaining("failed a.example: it serves serial 9, which is after ours (7)"),
    expect.stringContaining("failed a.example: it does not serve the zone"),
    expect.stringContaining("failed a.example: it answers SERVFAIL"),
    expect.stringContaining("failed a.example: the zone was removed here"),
  ]);
  expect(checks[4]?.detail).toContain("of 2 zones in all");
});
