import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { mxData, nameData, type ResourceRecord, soaData, txtData, TYPE } from "chancery/dns";
import { newId } from "../../server/src/engine/database/id.ts";
import { openDatabase } from "../../server/src/engine/database/open.ts";
import { putRecords } from "../../server/src/engine/database/records.ts";
import type { Database, ZoneRow } from "../../server/src/engine/database/schema.ts";
import { transact } from "../../server/src/engine/database/transact.ts";
import { insertZone, raiseSerial } from "../../server/src/engine/database/zones.ts";
import { openKekFile } from "../../server/src/engine/keystore/kek.ts";
import { startDnsServer } from "../../server/src/engine/dns-server/server.ts";
import { createResponder } from "../../server/src/engine/dns-server/respond.ts";
import { observeZoneKeys } from "../../server/src/engine/resolver/dnssec/observe-zone-keys.ts";
import { Pacing } from "../../server/src/engine/resolver/pacing.ts";
import { makeLog } from "../../server/src/app/log.ts";
import { ZoneSignings } from "../../server/src/app/name-server/zone-signings.ts";
import type { DnssecDeps } from "../../server/src/service/dnssec/deps.ts";
import { disableSigning, enableSigning, rollKey, type Asked } from "../../server/src/service/dnssec/request.ts";
import { zoneDnssec, type ZoneDnssecView } from "../../server/src/service/dnssec/view.ts";
import { type LookBook, visitZone } from "../../server/src/service/dnssec/visit.ts";
import { readChangeCounter } from "../../server/src/engine/database/change-counter.ts";
import { ServedZones } from "../../server/src/service/zone/served/served-zones.ts";
import { disk } from "../../server/src/engine/zone-store/disk.ts";
import { ZoneStore } from "../../server/src/engine/zone-store/store.ts";
import { startDnssecParent, type DnssecParent } from "../rig/dnssec-parent.ts";
import { eventually, pause, run, temporaryDirectory } from "../rig/peer.ts";
import { startUnbound, type Unbound } from "../rig/unbound.ts";

/*
 * A zone of ours below a signed parent that real tools look after, and an Unbound that validates and is asked all the time: rolls with TTLs of
 * two seconds, during which no answer is ever bogus (F-29).
 */

const at = (last: number): string => `127.53.74.${last}`;
const child = "child.example";
const ttl = 2;
const policy: Awaited<ReturnType<DnssecDeps["settings"]>>["policy"] = {
  resolverSlackSeconds: 1,
  observeIntervalSeconds: 0.5,
  watchIntervalSeconds: 3,
  freshnessSeconds: 5,
  zskLifetimeSeconds: 100_000,
  unmeasuredDsTtlSeconds: ttl,
  destroyAfterSeconds: 1,
};

const directory = temporaryDirectory("dnssec-keys");
let db: Database;
let zone: ZoneRow;
let parent: DnssecParent;
let unbound: Unbound;
let server: Awaited<ReturnType<typeof startDnsServer>>;
let keeper: Promise<void>;
let asking: Promise<void>;
const stop = new AbortController();
const moves: string[] = [];
/** What Unbound said, in order: `secure`, `insecure`, or what went wrong. */
const heard: string[] = [];

beforeAll(async () => {
  mkdirSync(join(directory.path, "data"));
  db = await openDatabase({ file: join(directory.path, "data", "db") });
  const kekFile = join(directory.path, "zone-kek");
  const { kek } = await openKekFile(kekFile, "create");
  zone = await newZone();
  parent = await startDnssecParent({ addresses: [at(1), at(3)], child, childAddress: at(2), ttlSeconds: ttl });
  const signings = await ZoneSignings.open(
    join(directory.path, "data", "zone-keys"),
    kekFile,
    makeLog("nameserver", "error"),
  );
  const store = await ZoneStore.open({
    disk,
    path: join(directory.path, "data", "zones"),
    onProblem: (problem) => heard.push(problem),
  });
  const served = new ServedZones({ store, node: "test", log: makeLog("nameserver", "error") });
  let followed = 0;
  const follow = async (): Promise<void> => {
    const upTo = await readChangeCounter(db);
    if (upTo === followed) return;
    const keys = await signings.read(db, followed);
    await served.take(db, { after: followed, upTo }, now(), (held) => keys.use(held));
    await keys.settle((origin) => served.zones.has(origin));
    followed = upTo;
  };
  await follow();
  server = await startDnsServer({
    listen: [{ host: at(2), port: 53 }],
    answer: createResponder({ served: () => signings.served(served.now), now }),
    onError: (error) => heard.push(String(error)),
  });
  const root = [{ name: "ns.root", addresses: [at(1), at(3)] }];
  const deps: DnssecDeps = {
    db,
    kek,
    settings: async () => ({ policy, dnskeyTtl: ttl }),
    observe: (origin) =>
      observeZoneKeys(origin, now(), { root, addresses: "any", pacing: new Pacing({ perSecond: 1000, burst: 1000 }) }),
    nowMs: () => Date.now(),
    signingNow: now,
    trustedTime: { readMs: async () => Math.floor(performance.now()) },
  };
  const book: LookBook = new Map();
  keeper = (async () => {
    while (!stop.signal.aborted) {
      moves.push(...((await visitZone(deps, book, zone.id))?.steps ?? []).filter((step) => step !== "look"));
      await follow();
      await pause(0.1);
    }
  })();
  unbound = await startUnbound({ address: at(8), root: { name: "ns.root", address: at(1) }, anchor: parent.anchor });
  asking = (async () => {
    for (let turn = 0; !stop.signal.aborted; turn++) {
      heard.push(await ask(names[turn % names.length]!));
      await pause(0.05);
    }
  })();
}, 60_000);

afterAll(async () => {
  stop.abort();
  await Promise.all([keeper, asking]);
  await unbound?.stop();
  await server?.close();
  await parent?.stop();
  await db?.destroy();
  directory.remove();
});

const now = (): number => Math.floor(Date.now() / 1000);
const asked = (): Asked => ({ zone, actor: "test", tenantId: null, now: now() });
const names: [name: string, type: string][] = [
  ["s1._domainkey", "TXT"],
  ["s2._domainkey", "TXT"],
  ["nothing", "TXT"],
  ["_domainkey", "TXT"],
  ["mail", "MX"],
];

async function newZone(): Promise<ZoneRow> {
  const record = (name: string, type: number, data: Uint8Array): ResourceRecord => ({ name, type, ttl, data });
  const soa = soaData({
    mname: `ns1.${child}`,
    rname: `hostmaster.${child}`,
    serial: 1,
    refresh: 3600,
    retry: 600,
    expire: 86_400,
    minimum: 1,
  });
  const records = [
    record(child, TYPE.SOA, soa),
    record(child, TYPE.NS, nameData(`ns1.${child}`)),
    record(`ns1.${child}`, TYPE.A, Uint8Array.of(127, 53, 74, 2)),
    record(`s1._domainkey.${child}`, TYPE.TXT, txtData("v=DKIM1; p=abcd")),
    record(`s2._domainkey.${child}`, TYPE.TXT, txtData("v=DKIM1; p=")),
    record(`mail.${child}`, TYPE.MX, mxData(10, `mail.${child}`)),
  ];
  return transact(db, async (trx) => {
    const row = await insertZone(trx, {
      id: newId("zon"),
      origin: child,
      kind: "operator",
      domainId: null,
      serial: 1,
      createdAt: 1,
    });
    await putRecords(
      trx,
      row!.id,
      records.map((one) => ({ ...one, source: "import" })),
    );
    await raiseSerial(trx, row!.id, 0, 1);
    return row!;
  });
}

async function ask([name, type]: [string, string]): Promise<string> {
  const { stdout } = await run("dig", [`@${at(8)}`, "+dnssec", "+tries=1", "+time=4", `${name}.${child}`, type]);
  const rcode = /status: (\w+)/.exec(stdout)?.[1] ?? "no answer";
  if (rcode !== "NOERROR" && rcode !== "NXDOMAIN") return `${name} ${type}: ${rcode} after ${moves.at(-1)}`;
  return /flags:[^;]*\bad\b/.test(stdout) ? "secure" : "insecure";
}

const digCds = async (type = "CDS"): Promise<string> =>
  (await run("dig", [`@${at(2)}`, "+short", child, type])).stdout.trim();

const view = (): Promise<ZoneDnssecView> => zoneDnssec(db, zone, now());
const until = (what: string, done: (now: ZoneDnssecView) => boolean): Promise<ZoneDnssecView> =>
  eventually(async () => [await view()].find(done), {
    seconds: 40,
    otherwise: () => `${what}: not after ${moves.join(", ")}`,
  });
const phases = ({ keys }: ZoneDnssecView): string => keys.map(({ role, phase }) => `${role} ${phase}`).join(", ");
const faults = (from: number): string[] => heard.slice(from).filter((one) => one !== "secure" && one !== "insecure");

describe("DNS-E-23 keys roll below a real parent, with Unbound validating all the time (F-29)", () => {
  test("DNS-E-17 a zone is signed, and its DS record told when the world is ready for it", async () => {
    await enableSigning(db, asked(), { secondaries: false });
    const ready = await until("the DS record is asked for", ({ ds }) => ds.act === "publish");
    expect(moves.indexOf(moves.find((move) => move.startsWith("ds of ksk"))!)).toBeGreaterThan(
      moves.indexOf(moves.find((move) => move.includes("signatures of zsk") && move.includes("settled"))!),
    );
    await parent.setDs([ready.ds.record!.text]);
    await until("the parent is seen", ({ ds }) => ds.act === "done");
    await eventually(() => heard.slice(-40).every((one) => one === "secure") || undefined, {
      seconds: 30,
      otherwise: () => heard.slice(-20).join(),
    });
    expect(faults(0)).toEqual([]);
  });

  test("DNS-E-18 both keys roll, and dnssec-cds believes what we ask for", async () => {
    const from = heard.length;
    const before = (await view()).keys.map(({ keyTag }) => keyTag);
    await rollKey(db, asked(), "zsk", 0);
    await rollKey(db, asked(), "ksk", 0);
    await until("the DS record is to be replaced", ({ ds }) => ds.act === "replace");
    expect(await parent.takeCds(at(8))).toEqual({ changed: true });
    const after = await until("both keys are others", ({ keys }) =>
      keys.every(({ keyTag }) => !before.includes(keyTag)),
    );
    expect(phases(after)).toBe("ksk active, zsk active");
    expect(parent.ds()).toEqual([after.ds.record!.text]);
    expect(faults(from)).toEqual([]);
    expect(heard.slice(from)).not.toContain("insecure");
  });

  test("DNS-E-19 a zone that gives up being signed stays signed until the DS record is gone", async () => {
    const from = heard.length;
    await disableSigning(db, asked());
    await eventually(async () => (await digCds()) === "0 0 0 00" || undefined, { seconds: 30, otherwise: "no CDS" });
    expect(await digCds("CDNSKEY")).toBe("0 3 0 AA==");
    await eventually(async () => (await parent.takeCds(at(8))).changed || undefined, {
      seconds: 30,
      otherwise: "dnssec-cds never took the DS records away",
    });
    expect(parent.ds()).toEqual([]);
    const after = await until("nothing is signed", ({ state }) => state === "unsigned");
    expect(after.keys).toEqual([]);
    expect(faults(from)).toEqual([]);
    expect(heard.at(-1)).toBe("insecure");
  });
});
