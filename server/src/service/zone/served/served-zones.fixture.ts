import { type ResourceRecord, soaData, TYPE, txtData, zoneRecords } from "chancery/dns";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readChangeCounter } from "../../../engine/database/change-counter.ts";
import { newId } from "../../../engine/database/id.ts";
import { openDatabase } from "../../../engine/database/open.ts";
import { putRecords, removeRrset } from "../../../engine/database/records.ts";
import type { Database } from "../../../engine/database/schema.ts";
import { transact } from "../../../engine/database/transact.ts";
import { findZoneByOrigin, insertZone, raiseSerial, removeZone } from "../../../engine/database/zones.ts";
import { disk } from "../../../engine/zone-store/disk.ts";
import { ZoneStore } from "../../../engine/zone-store/store.ts";
import { ServedZones } from "./served-zones.ts";

export const apexOf = (origin: string, serial: number): ResourceRecord[] => [
  {
    name: origin,
    type: TYPE.SOA,
    ttl: 60,
    data: soaData({
      mname: `ns.${origin}`,
      rname: `h.${origin}`,
      serial,
      refresh: 2,
      retry: 1,
      expire: 86_400,
      minimum: 60,
    }),
  },
];
export const text = (name: string, value: string, ttl = 60): ResourceRecord => ({
  name,
  type: TYPE.TXT,
  ttl,
  data: Uint8Array.from(txtData(value)),
});
export const address = (name: string, octet: number): ResourceRecord => ({
  name,
  type: TYPE.A,
  ttl: 60,
  data: Uint8Array.of(192, 0, 2, octet),
});

/** A name server's zones and the database that they come from, without a socket. */
export class ZoneRig {
  readonly folder = mkdtempSync(join(tmpdir(), "chancery-served-"));
  readonly log: string[] = [];
  db!: Database;
  served!: ServedZones;
  now = 1_795_000_000;
  readonly #url: string | undefined;
  #seen = 0;

  static async start(url?: string): Promise<ZoneRig> {
    const rig = new ZoneRig(url);
    await rig.openDatabase();
    await rig.restart();
    return rig;
  }

  private constructor(url: string | undefined) {
    this.#url = url;
  }

  async openDatabase(): Promise<void> {
    this.db = await openDatabase({ file: this.#file, ...(this.#url !== undefined && { url: this.#url }) });
    this.#seen = 0;
  }

  get #file(): string {
    return join(this.folder, "db.sqlite");
  }

  /** The name server's process ends and another begins with its files. */
  async restart(): Promise<void> {
    await this.served?.close();
    const store = await ZoneStore.open({
      disk,
      path: join(this.folder, "zones"),
      onProblem: (problem) => this.log.push(problem),
    });
    this.log.push(...store.problems);
    const said = (_: object, message: string): unknown => this.log.push(message);
    this.served = new ServedZones({ store, node: "here", log: { error: said, warn: said, info: () => {} } });
    this.#seen = 0;
  }

  /** What the name server does a few times a second. */
  async follow(): Promise<void> {
    const upTo = await readChangeCounter(this.db);
    const after = upTo < this.#seen ? 0 : this.#seen;
    await this.served.take(this.db, { after, upTo }, this.now);
    this.#seen = upTo;
  }

  /** A copy of the SQLite file, put back by the function that comes back. */
  async backUp(): Promise<() => Promise<void>> {
    await this.db.destroy(); // the last one to close it folds the WAL into the file
    const copy = join(this.folder, `backup-${Math.random()}`);
    copyFileSync(this.#file, copy);
    await this.openDatabase();
    return async () => {
      await this.db.destroy();
      for (const suffix of ["-wal", "-shm"]) rmSync(`${this.#file}${suffix}`, { force: true });
      copyFileSync(copy, this.#file);
      await this.openDatabase();
    };
  }

  async open(origin: string, records: readonly ResourceRecord[] = []): Promise<void> {
    await transact(this.db, async (trx) => {
      const zone = { id: newId("zon"), origin, kind: "operator", domainId: null, serial: 1, createdAt: 1 } as const;
      const row = await insertZone(trx, zone);
      await putRecords(
        trx,
        row!.id,
        [...apexOf(origin, 1), ...records].map((record) => ({ ...record, source: "test" })),
      );
    });
  }

  async remove(origin: string): Promise<void> {
    await transact(this.db, async (trx) => removeZone(trx, (await findZoneByOrigin(trx, origin))!.id, this.now));
  }

  /** Replaces what is at the names and types of `records`, or of `gone`. Answers the serial. */
  async change(
    origin: string,
    records: readonly ResourceRecord[],
    gone: readonly Pick<ResourceRecord, "name" | "type">[] = [],
  ): Promise<number> {
    return transact(this.db, async (trx) => {
      const { id } = (await findZoneByOrigin(trx, origin))!;
      const replaced = records.length > 100 ? [] : records; // so many are all new
      for (const { name, type } of [...gone, ...replaced]) await removeRrset(trx, id, name, type);
      await putRecords(
        trx,
        id,
        records.map((record) => ({ ...record, source: "test" })),
      );
      return raiseSerial(trx, id, 0, 0);
    });
  }

  serial(origin: string): number | undefined {
    return this.served.zones.get(origin)?.zone.serial;
  }

  /** What is served of a zone, without its SOA. */
  records(origin: string): string[] | undefined {
    const zone = this.served.zones.get(origin)?.zone;
    return (
      zone &&
      [...zoneRecords(zone)]
        .filter(({ type }) => type !== TYPE.SOA)
        .map(
          ({ name, data }) =>
            `${name} ${Buffer.from(data)
              .toString("latin1")
              .replace(/^[\0-\x1f]/, "")}`,
        )
        .sort()
    );
  }

  async close(): Promise<void> {
    await this.served.close();
    await this.db.destroy();
    rmSync(this.folder, { recursive: true });
  }
}
