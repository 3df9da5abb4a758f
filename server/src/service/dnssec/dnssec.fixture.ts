import { randomBytes } from "node:crypto";
import { nameData, readRrsig, type ResourceRecord, soaData, txtData, TYPE } from "chancery/dns";
import { newId } from "../../engine/database/id.ts";
import { type DatabaseOptions, openDatabase } from "../../engine/database/open.ts";
import { everyRow } from "../../engine/database/page.ts";
import { listRecords, putRecords, removeRrset, type ZoneRecord } from "../../engine/database/records.ts";
import type { Database, ZoneRow } from "../../engine/database/schema.ts";
import { transact } from "../../engine/database/transact.ts";
import { findZoneSigning } from "../../engine/database/zone-keys.ts";
import { findZone, insertZone, raiseSerial } from "../../engine/database/zones.ts";
import { kekOf } from "../../engine/keystore/kek.ts";
import type { ZoneServerKeys } from "../../engine/resolver/dnssec/observe-zone-keys.ts";
import { dsData } from "../../model/dnssec/ds-text.ts";
import type { DnssecDeps } from "./deps.ts";
import { readSignings } from "./follow.ts";
import { type Asked } from "./request.ts";
import { signPresignedZone } from "./sign-zone.ts";
import { keySource } from "./sources.ts";
import { zoneDnssec, type ZoneDnssecView } from "./view.ts";
import { type LookBook, visitZone } from "./visit.ts";

/** A zone on a database of its own, its servers, its parent, and clocks that only a test moves. */

export const origin = "child.example";
const ttl = 5;

export type Stage = {
  db: Database;
  deps: DnssecDeps;
  zone: ZoneRow;
  asked: () => Asked;
  /** DS RDATA at the parent. Each server of it has what stands here, unless it is behind. */
  parent: { ds: string[] };
  /** Servers that stay as they are, or say nothing. */
  frozen: Set<string>;
  silent: Set<string>;
  /** All clocks move. */
  sleep: (seconds: number) => void;
  nowSeconds: () => number;
  /** Visits, and lets time pass as long as each visit asks, until `done`; every step taken, in order. */
  run: (done: (view: ZoneDnssecView) => boolean) => Promise<string[]>;
  view: () => Promise<ZoneDnssecView>;
  records: () => Promise<ZoneRecord[]>;
  /** A user puts a TXT record. */
  putText: (name: string, text: string) => Promise<void>;
  close: () => Promise<void>;
};

export async function stageOf(database: DatabaseOptions): Promise<Stage> {
  const db = await openDatabase(database);
  let wallMs = 1_770_000_000_000;
  let trustedMs = 5000;
  const zone = await newZone(db);
  const parent: Stage["parent"] = { ds: [] };
  const [frozen, silent] = [new Set<string>(), new Set<string>()];
  const kept = new Map<string, ZoneServerKeys>();
  const nowSeconds = (): number => Math.floor(wallMs / 1000);

  const served = async (address: string): Promise<ZoneServerKeys> => {
    if (silent.has(address)) return { address, state: "unknown", reason: "timeout" };
    const before = kept.get(address);
    if (frozen.has(address) && before !== undefined) return before;
    const now = await serverOf(db, zone.id, address);
    kept.set(address, now);
    return now;
  };
  const deps: DnssecDeps = {
    db,
    kek: kekOf(randomBytes(32)),
    settings: async () => ({
      dnskeyTtl: ttl,
      policy: {
        resolverSlackSeconds: 1,
        observeIntervalSeconds: 2,
        watchIntervalSeconds: 60,
        freshnessSeconds: 10,
        zskLifetimeSeconds: 100_000,
        unmeasuredDsTtlSeconds: 10,
        destroyAfterSeconds: 20,
      },
    }),
    observe: async () => ({
      servers: [await served("192.0.2.1"), await served("192.0.2.2")],
      parents: ["198.51.100.1", "198.51.100.2"].map((address) => ({
        address,
        state: "answered",
        ds: parent.ds.map((text): ResourceRecord => ({ name: origin, type: TYPE.DS, ttl, data: dsData(text) })),
        ttl,
      })),
      gaps: [],
    }),
    nowMs: () => wallMs,
    signingNow: nowSeconds,
    trustedTime: { readMs: async () => trustedMs },
  };
  const book: LookBook = new Map();
  const sleep = (seconds: number): void => {
    wallMs += seconds * 1000;
    trustedMs += seconds * 1000;
  };
  const view = (): Promise<ZoneDnssecView> => zoneDnssec(db, zone, nowSeconds());
  return {
    db,
    deps,
    zone,
    asked: () => ({ zone, actor: "test", tenantId: null, now: nowSeconds() }),
    parent,
    frozen,
    silent,
    sleep,
    nowSeconds,
    run: async (done) => {
      const steps: string[] = [];
      for (let visits = 0; visits < 100; visits++) {
        steps.push(...((await visitZone(deps, book, zone.id))?.steps ?? []).filter((step) => step !== "look"));
        await signPresignedZone(deps, zone.id, nowSeconds());
        if (done(await view())) return steps;
        const { dueAt } = (await findZoneSigning(db, zone.id))!;
        sleep(Math.max(1, dueAt - nowSeconds()));
      }
      throw new Error(`not after ${steps.join(", ")}: ${JSON.stringify(await view())}`);
    },
    view,
    records: () => recordsOf(db, zone.id),
    putText: (name, text) =>
      transact(db, async (trx) => {
        await removeRrset(trx, zone.id, name, TYPE.TXT);
        await putRecords(trx, zone.id, [{ name, type: TYPE.TXT, ttl, data: txtData(text), source: "user" }]);
        await raiseSerial(trx, zone.id, 0, nowSeconds());
      }),
    close: () => db.destroy(),
  };
}

async function recordsOf(db: Database, zoneId: string): Promise<ZoneRecord[]> {
  const records: ZoneRecord[] = [];
  for await (const record of everyRow((page) => listRecords(db, zoneId, page))) records.push(record);
  return records;
}

async function newZone(db: Database): Promise<ZoneRow> {
  const record = (name: string, type: number, data: Uint8Array): ZoneRecord => ({
    name,
    type,
    ttl,
    data,
    source: "import",
  });
  const soa = soaData({
    mname: `ns1.${origin}`,
    rname: `h.${origin}`,
    serial: 1,
    refresh: 1,
    retry: 1,
    expire: 1,
    minimum: 2,
  });
  return transact(db, async (trx) => {
    const row = { id: newId("zon"), origin, kind: "operator" as const, domainId: null, serial: 1, createdAt: 1 };
    const zone = await insertZone(trx, row);
    await putRecords(trx, row.id, [
      record(origin, TYPE.SOA, soa),
      record(origin, TYPE.NS, nameData(`ns1.${origin}`)),
      record(`s1._domainkey.${origin}`, TYPE.TXT, txtData("v=DKIM1; p=abcd")),
    ]);
    await raiseSerial(trx, row.id, 0, 1);
    return zone!;
  });
}

/** What a server says that has the zone as the database has it. */
async function serverOf(db: Database, zoneId: string, address: string): Promise<ZoneServerKeys> {
  const { serial } = (await findZone(db, zoneId))!;
  const records = await recordsOf(db, zoneId);
  const online = (await readSignings(db, 0)).flatMap(({ keys }) => keys);
  const apex = (type: number): string[] =>
    records
      .filter((one) => one.type === type && one.source === keySource)
      .map(({ data }) => Buffer.from(data).toString("base64"));
  const overSoa = records.flatMap(({ name, type, data }) => {
    const rrsig = type === TYPE.RRSIG && name === origin ? readRrsig(data) : undefined;
    return rrsig?.ok && rrsig.value.typeCovered === TYPE.SOA ? [rrsig.value] : [];
  });
  const tags = await db.selectFrom("zoneKeys").select(["id", "keyTag"]).execute();
  const signers = online.flatMap(({ keyId, signs }) =>
    signs === "zone" ? tags.filter(({ id }) => id === keyId).map(({ keyTag }) => keyTag) : [],
  );
  return {
    address,
    state: "answered",
    serial,
    dnskeys: apex(TYPE.DNSKEY),
    dnskeyTtl: ttl,
    signers: overSoa.length > 0 ? overSoa.map(({ keyTag }) => keyTag) : signers,
    cds: apex(TYPE.CDS),
    cdnskey: apex(TYPE.CDNSKEY),
    ...(overSoa[0] && { expiresAt: Math.min(...overSoa.map(({ expiration }) => expiration)) }),
  };
}
