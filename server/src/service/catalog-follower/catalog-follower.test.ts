import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  buildZone,
  catalogApex,
  catalogMemberRecords,
  diffZones,
  tsigKeyFromText,
  zoneSet,
  type ResourceRecord,
  type Zone,
  type ZoneDelta,
} from "chancery/dns";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createResponder } from "../../engine/dns-server/respond.ts";
import { startDnsServer, type DnsServer } from "../../engine/dns-server/server.ts";
import { createTransferResponder } from "../../engine/dns-transfer/respond.ts";
import { NsdRefused, type NsdControl, type NsdZone } from "../../engine/nsd-control/nsd-control.ts";
import { CatalogFollower, type Followed } from "./catalog-follower.ts";

const catalog = "catalog.dkim.esp.example";
const now = (): number => 1_795_000_000;
const text = { name: "ns3-key", algorithm: "hmac-sha256", secret: Buffer.alloc(32, 7).toString("base64") };
const parsedKey = tsigKeyFromText(text);
const key = parsedKey.ok ? parsedKey.value : expect.fail(parsedKey.problem);

/** A catalog of these zones, each under a label that says how often it came. */
const catalogOf = (serial: number, ...zones: string[]): Zone => {
  const members = zones.map((written) => {
    const [zone = "", label = "1"] = written.split("#");
    return { zone, label: `${zone.replaceAll(".", "-")}-${label}` };
  });
  return built([...catalogApex(catalog, serial), ...members.flatMap((one) => catalogMemberRecords(catalog, one))]);
};
const built = (records: ResourceRecord[]): Zone => {
  const zone = buildZone(catalog, records);
  return zone.ok ? zone.value : expect.fail(zone.problem);
};

/** NSD as it would be: it does what it is told, in memory. */
class FakeNsd implements NsdControl {
  told: string[] = [];
  served: NsdZone[] = [];
  isAway = false;
  zones(): Promise<NsdZone[]> {
    return this.isAway ? Promise.reject(new NsdRefused("zonestatus: no NSD")) : Promise.resolve([...this.served]);
  }
  add(zones: readonly string[], pattern: string): Promise<void> {
    this.told.push(...zones.map((zone) => `+${zone}`));
    this.served.push(...zones.map((zone) => ({ zone, pattern })));
    return Promise.resolve();
  }
  remove(zones: readonly string[]): Promise<void> {
    this.told.push(...zones.map((zone) => `-${zone}`));
    this.served = this.served.filter(({ zone }) => !zones.includes(zone));
    return Promise.resolve();
  }
}

let folder: string;
let server: DnsServer | undefined;
let deltas: ZoneDelta[];
let current: Zone | undefined;
let nsd: FakeNsd;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "chancery-follower-"));
  mkdirSync(join(folder, "zones"));
  nsd = new FakeNsd();
  deltas = [];
  current = undefined;
  const served = () => ({ zones: zoneSet(current === undefined ? [] : [current]), history: () => deltas });
  const from = { name: "ns3", addresses: [{ host: "127.0.0.1", port: 53 }], keys: [key] };
  const transfers = createTransferResponder({ served, keys: [key], secondaries: [from], now, onEvent: () => {} });
  server = await startDnsServer({
    listen: [{ host: "127.0.0.1", port: 0 }],
    answer: createResponder({ served, now, transfers }),
  });
});
afterEach(async () => {
  await server?.close();
  rmSync(folder, { recursive: true });
});

const serve = (zone: Zone): void => {
  if (current !== undefined) deltas.push(diffZones(current, zone));
  current = zone;
};
const follower = (removalsMax: (served: number) => number = () => 5): CatalogFollower =>
  new CatalogFollower({
    catalog,
    source: { address: "127.0.0.1", port: server!.port, key },
    nsd,
    pattern: "ours",
    zoneFiles: join(folder, "zones"),
    state: folder,
    removalsMax,
    now,
  });
/** One look, and what NSD was told by it. */
async function look(
  by: CatalogFollower,
  at: "changes" | "everything" = "changes",
): Promise<{ outcome: Followed["outcome"]; told: string[] }> {
  nsd.told = [];
  const { outcome } = await by.look(at);
  return { outcome, told: nsd.told };
}

test("DNS-D-21 NSD is told what is new, what is gone, and nothing else; also after a restart", async () => {
  serve(catalogOf(1, "a.example", "b.example"));
  const first = follower();
  expect(await look(first)).toEqual({ outcome: "applied", told: ["+a.example", "+b.example"] });
  expect(await look(first)).toEqual({ outcome: "unchanged", told: [] });
  serve(catalogOf(2, "a.example", "b.example", "c.example"));
  expect(await look(first)).toEqual({ outcome: "applied", told: ["+c.example"] });
  serve(catalogOf(3, "a.example", "c.example"));
  const second = follower();
  writeFileSync(join(folder, "zones", "b.example.zone"), "what it was");
  expect(await look(second)).toEqual({ outcome: "applied", told: ["-b.example"] });
  expect(existsSync(join(folder, "zones", "b.example.zone"))).toBe(false);
  expect(await look(follower(), "everything")).toEqual({ outcome: "unchanged", told: [] });
});

test("DNS-D-22 a zone that comes back under another label is fetched anew, its file gone", async () => {
  serve(catalogOf(1, "a.example#1"));
  await look(follower());
  writeFileSync(join(folder, "zones", "a.example.zone"), "what it was");
  serve(catalogOf(2, "a.example#2"));
  expect(await look(follower())).toEqual({ outcome: "applied", told: ["-a.example", "+a.example"] });
  expect(existsSync(join(folder, "zones", "a.example.zone"))).toBe(false);
});

test("an NSD that lost its list gets it again at the next full look", async () => {
  serve(catalogOf(1, "a.example"));
  const one = follower();
  await look(one);
  nsd.served = [];
  expect(await look(one)).toEqual({ outcome: "unchanged", told: [] });
  expect(await look(one, "everything")).toEqual({ outcome: "applied", told: ["+a.example"] });
});

test("an NSD that is away is told later, also of what changed meanwhile", async () => {
  serve(catalogOf(1, "a.example"));
  const one = follower();
  nsd.isAway = true;
  expect(await look(one)).toEqual({ outcome: "refused", told: [] });
  nsd.isAway = false;
  expect(await look(one)).toEqual({ outcome: "applied", told: ["+a.example"] });
});

test("a zone that NSD does not take is told of, and tried again", async () => {
  serve(catalogOf(1, "a.example"));
  const one = follower();
  const add = nsd.add.bind(nsd);
  nsd.add = () => Promise.resolve();
  expect(await look(one)).toMatchObject({ outcome: "refused" });
  nsd.add = add;
  expect(await look(one)).toMatchObject({ outcome: "applied", told: ["+a.example"] });
});

test.each<[string, () => void, Followed["outcome"]]>([
  ["is out of reach", () => (current = undefined), "unreachable"],
  ["is broken", () => serve(built(catalogApex(catalog, 2).slice(0, 2))), "broken"],
  ["is older than what was applied", () => serve(catalogOf(0, "b.example")), "regressed"],
  ["lists nothing any more", () => serve(catalogOf(2)), "stopped"],
])("a catalog that %s changes nothing", async (_, happen, outcome) => {
  const zones = Array.from({ length: 6 }, (_unused, at) => `z${at}.example`);
  serve(catalogOf(1, ...zones));
  const one = follower();
  await look(one);
  happen();
  expect(await look(one)).toEqual({ outcome, told: [] });
  expect(await look(follower(), "everything")).toEqual({ outcome, told: [] });
});

test("what would take many zones away is done when it is meant", async () => {
  serve(catalogOf(1, ...Array.from({ length: 6 }, (_, at) => `z${at}.example`)));
  await look(follower());
  serve(catalogOf(2, "z0.example"));
  expect((await look(follower())).outcome).toBe("applied");
  serve(catalogOf(3, ...Array.from({ length: 7 }, (_, at) => `y${at}.example`)));
  await look(follower());
  serve(catalogOf(4));
  expect(await look(follower())).toMatchObject({ outcome: "stopped" });
  expect(await look(follower(() => 7))).toMatchObject({ outcome: "applied", told: { length: 7 } });
});

test("changes that do not fit what was kept lead to the whole catalog being fetched", async () => {
  serve(catalogOf(1, "a.example"));
  await look(follower());
  deltas = [diffZones(catalogOf(1, "other.example"), catalogOf(2, "b.example"))];
  current = catalogOf(2, "b.example");
  expect(await look(follower())).toEqual({ outcome: "applied", told: ["-a.example", "+b.example"] });
});

test("a file of the catalog that is damaged is as none: NSD keeps what it has, and the catalog is fetched whole", async () => {
  serve(catalogOf(1, "a.example"));
  await look(follower());
  writeFileSync(join(folder, "catalog.zone"), "half a zo");
  expect(await look(follower())).toEqual({ outcome: "unchanged", told: [] });
});
