import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import {
  answer,
  buildZone,
  type ResourceRecord,
  readRrsig,
  parseMessage,
  TYPE,
  soaData,
  formatMessage,
  zoneSet,
  plainQuery,
} from "chancery/dns";
import { openDatabase } from "../../engine/database/open.ts";
import { transact } from "../../engine/database/transact.ts";
import { putZoneSigning } from "../../engine/database/zone-keys.ts";
import { insertZone } from "../../engine/database/zones.ts";
import { openKekFile } from "../../engine/keystore/kek.ts";
import { generateZoneKey, sealZoneKey } from "../../engine/keystore/zone-key.ts";
import { loadZoneKeys, saveZoneKeys, type StoredSigning } from "../../engine/dns-server/zone-keys-file.ts";
import type { Log } from "../log.ts";
import { ZoneSignings } from "./zone-signings.ts";

const folder = mkdtempSync(join(tmpdir(), "chancery-zone-keys-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, "zone-keys");
const kekFile = join(folder, "zone-kek");
const origin = "esp.example";

const soa: ResourceRecord = {
  name: origin,
  type: TYPE.SOA,
  ttl: 300,
  data: soaData({ mname: "ns", rname: "h", serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 1 }),
};
const said: string[] = [];
const log = {
  error: (_: object, message: string) => said.push(message),
  info: () => {},
  warn: () => {},
} as unknown as Log;

async function stored(): Promise<StoredSigning> {
  const { kek } = await openKekFile(kekFile, "create");
  const key = await generateZoneKey(13, 256);
  const belonging = { zoneId: "zon_1", keyId: "zky_1", version: 1, algorithm: 13 as const };
  const sealed = await sealZoneKey(kek, belonging, key.privateKey);
  const dnskey = Buffer.from(key.dnskey).toString("base64");
  return {
    zoneId: "zon_1",
    origin,
    keys: [{ keyId: "zky_1", version: 1, algorithm: 13, dnskey, sealed, signs: "zone" }],
  };
}

/** When the signature over the SOA record holds, as it is answered at `now`. */
function span(signings: ZoneSignings, now: number): { inception: number; expiration: number } | undefined {
  const zone = buildZone(origin, [soa]);
  if (!zone.ok) throw new Error(zone.problem);
  const { zones } = signings.served({ zones: zoneSet([zone.value]), history: () => [] });
  const query = formatMessage(
    plainQuery(origin, TYPE.SOA, {
      id: 1,
      edns: { udpSize: 1232, version: 0, dnssecOk: true, extendedRcode: 0, options: [] },
    }),
  );
  const reply = parseMessage(answer(zones, query, "udp", { now })!);
  if (!reply.ok) throw new Error(reply.problem);
  const rrsig = reply.value.answers.find(({ type }) => type === TYPE.RRSIG);
  const read = rrsig && readRrsig(rrsig.data);
  return read?.ok ? read.value : undefined;
}

describe("what a name server signs with", () => {
  const day = 86_400;
  const now = 1_795_000_000;

  test("F-29 D3 is there after a restart without a database, and signs on for as long as it takes", async () => {
    await saveZoneKeys(path, [await stored()]);
    const signings = await ZoneSignings.open(path, kekFile, log);
    for (const at of [now, now + 30 * day, now + 1000 * day]) {
      const { inception, expiration } = span(signings, at)!;
      expect(inception).toBeLessThanOrEqual(at - 3600); // DNS-E-05
      expect(expiration).toBeGreaterThan(at + 12 * day);
    }
    expect(said).toEqual([]);
  });

  test("is read as it was written; a file that was changed, torn or is of another form is told, and not used", async () => {
    const written = [await stored()];
    await saveZoneKeys(path, written);
    expect(await loadZoneKeys(path)).toEqual({ signings: written });
    const text = await readFile(path, "utf8");
    for (const damaged of [text.replace("esp.example", "esq.example"), text.slice(0, -1), "something else", ""]) {
      writeFileSync(path, damaged);
      const loaded = await loadZoneKeys(path);
      expect(loaded.signings).toBeUndefined();
      expect(loaded.problem).toContain(path);
    }
    expect(await loadZoneKeys(join(folder, "none"))).toEqual({});
  });

  test("§2.4 F-29 an older copy of the database takes no key away from a zone that is served on", async () => {
    await saveZoneKeys(path, [await stored()]);
    const signings = await ZoneSignings.open(path, kekFile, log);
    const db = await openDatabase({ file: join(folder, "restored.sqlite") });
    const follow = async (held: readonly string[], served: readonly string[]): Promise<void> => {
      const keys = await signings.read(db, 0);
      await keys.use(new Set(held));
      await keys.settle((one) => served.includes(one));
    };
    await follow([origin], [origin]); // which was made before the zone was signed
    expect(span(signings, now)).toBeDefined();
    await transact(db, async (trx) => {
      const zone = { id: "zon_1", origin, kind: "operator", domainId: null, serial: 1, createdAt: 1 } as const;
      await insertZone(trx, zone);
      const wanted = { zoneId: "zon_1", goal: "signed", mode: "online", algorithm: 13 } as const;
      await putZoneSigning(trx, { ...wanted, requestedAt: 1, requestedBy: "test" });
    });
    await follow([origin], [origin]); // before its keys were made
    expect(span(signings, now)).toBeDefined();
    await follow([], [origin]); // an operator decided for what the database says
    expect(span(signings, now)).toBeUndefined();
    await db.destroy();
  });

  test("without the zone KEK nothing is signed, and the log says what to do", async () => {
    await saveZoneKeys(path, [await stored()]);
    const signings = await ZoneSignings.open(path, join(folder, "no-kek"), log);
    expect(span(signings, now)).toBeUndefined();
    expect(said.at(-1)).toContain("copy the zone KEK to this machine");
  });
});
