// What one changed key costs a name server with a large zone: node bench/zone-store.ts [keys, default 1000000]
import { buildZone, type ResourceRecord, soaData, TYPE, txtData, zoneRecords } from "chancery/dns";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { newId } from "../server/src/engine/database/id.ts";
import { readChangeCounter } from "../server/src/engine/database/change-counter.ts";
import { openDatabase } from "../server/src/engine/database/open.ts";
import { putRecords, removeRrset } from "../server/src/engine/database/records.ts";
import { transact } from "../server/src/engine/database/transact.ts";
import { insertZone, raiseSerial } from "../server/src/engine/database/zones.ts";
import { disk } from "../server/src/engine/zone-store/disk.ts";
import { ZoneStore } from "../server/src/engine/zone-store/store.ts";
import { ServedZones } from "../server/src/service/zone/served/served-zones.ts";

const keys = Number(process.argv[2] ?? 1_000_000);
const origin = "dkim.esp.example";
const folder = mkdtempSync(join(tmpdir(), "chancery-bench-"));
let longestTurnMs = 0;
let lastTurn = performance.now();
setInterval(() => {
  const now = performance.now();
  longestTurnMs = Math.max(longestTurnMs, now - lastTurn);
  lastTurn = now;
}, 1).unref();

const keyText = (): string => `v=DKIM1; k=rsa; p=${randomBytes(294).toString("base64")}`;
const key = (index: number): ResourceRecord => ({
  name: `k${index}.${origin}`,
  type: TYPE.TXT,
  ttl: 3600,
  data: txtData(keyText()),
});
const soa: ResourceRecord = {
  name: origin,
  type: TYPE.SOA,
  ttl: 3600,
  data: soaData({
    mname: `ns.${origin}`,
    rname: `h.${origin}`,
    serial: 1,
    refresh: 3600,
    retry: 600,
    expire: 86_400,
    minimum: 300,
  }),
};

/** Runs a step and prints how long it took and for how long at most nothing else could run. */
async function step<T>(what: string, work: () => Promise<T> | T): Promise<T> {
  await pause(20);
  longestTurnMs = 0;
  const from = performance.now();
  const result = await work();
  const ms = performance.now() - from;
  await pause(5);
  const files = readdirSync(folder).filter((name) => name.startsWith("zones"));
  const octets = files.map((name) => `${name} ${(statSync(join(folder, name)).size / 1e6).toFixed(3)} MB`).join(", ");
  console.log(
    `${what}: ${ms.toFixed(1)} ms, longest turn ${longestTurnMs.toFixed(0)} ms; heap ${(process.memoryUsage().rss / 1e6).toFixed(0)} MB; ${octets}`,
  );
  return result;
}

const db = await openDatabase({ file: join(folder, "db.sqlite") });
const id = newId("zon");
await step(`${keys} keys into the database`, async () => {
  await transact(db, async (trx) => {
    await insertZone(trx, { id, origin, kind: "service", domainId: null, serial: 1, createdAt: 1 });
    await putRecords(trx, id, [{ ...soa, source: "soa" }]);
    for (let from = 0; from < keys; from += 10_000)
      await putRecords(
        trx,
        id,
        Array.from({ length: Math.min(10_000, keys - from) }, (_, index) => ({ ...key(from + index), source: "key" })),
      );
  });
});
const open = async (): Promise<ServedZones> => {
  const store = await ZoneStore.open({ disk, path: join(folder, "zones"), onProblem: console.error });
  return new ServedZones({ store, node: "bench", log: { error: console.error, warn: console.error, info: () => {} } });
};
let served = await open();
let seen = 0;
const follow = async (): Promise<void> => {
  const upTo = await readChangeCounter(db);
  await served.take(db, { after: seen, upTo }, 1);
  seen = upTo;
};
await step("the whole zone read from the database, stored, served", follow);
const change = (index: number): Promise<number> =>
  transact(db, async (trx) => {
    const record = key(index);
    await removeRrset(trx, id, record.name, record.type);
    await putRecords(trx, id, [{ ...record, source: "key" }]);
    return raiseSerial(trx, id, 0, 0);
  });
for (let round = 0; round < 3; round++) {
  await step("one key changed in the database", () => change(round));
  await step("that change read, stored, served", follow);
}
for (let round = 0; round < 500; round++) await change(round);
await step("500 changes read, stored, served at once", follow);
await served.close();
served = await step("start from the files", open);
console.log(`serial ${served.zones.get(origin)?.zone.serial}, history of ${served.now.history(origin).length}`);
seen = 0;
await step("first look at the database after the start", follow);
const zone = served.zones.get(origin)!.zone;
await step("every record once more (comparison)", () => [...zoneRecords(zone)].length);
await step("buildZone of them (comparison)", () => buildZone(origin, zoneRecords(zone)).ok);
await served.close();
await db.destroy();
rmSync(folder, { recursive: true });
