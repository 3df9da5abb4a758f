import {
  signatureTimes,
  withSigning,
  withVersions,
  zoneOfOrigin,
  zoneSigningKey,
  type ZoneSet,
  type ZoneSigning,
  type ZoneSigningKey,
} from "chancery/dns";
import type { Database } from "../../engine/database/schema.ts";
import type { Served } from "../../engine/dns-server/served.ts";
import { loadZoneKeys, saveZoneKeys, type StoredSigning } from "../../engine/dns-server/zone-keys-file.ts";
import { type Kek, openKekFile } from "../../engine/keystore/kek.ts";
import { openZoneKey } from "../../engine/keystore/zone-key.ts";
import { isSignedItself } from "../../service/dnssec/expiring.ts";
import { readSignings } from "../../service/dnssec/follow.ts";
import type { Log } from "../log.ts";

/** What a name server signs with: keys from a file of its own that is there before the database is asked for anything. */
export class ZoneSignings {
  readonly #path: string;
  readonly #kekFile: string;
  readonly #log: Log;
  readonly #stored = new Map<string, StoredSigning>();
  readonly #signings = new Map<string, ZoneSigning>();
  #kek: Kek | undefined;
  /** What was served, and the same signed. */
  #last: { plain: Served; signed: Served } | undefined;

  private constructor(path: string, kekFile: string, log: Log) {
    this.#path = path;
    this.#kekFile = kekFile;
    this.#log = log;
  }

  /** `path`: where the keys are kept; `kekFile`: what opens them. Neither has to be there. */
  static async open(path: string, kekFile: string, log: Log): Promise<ZoneSignings> {
    const signings = new ZoneSignings(path, kekFile, log);
    const { signings: stored = [], problem } = await loadZoneKeys(path);
    if (problem !== undefined) log.error({ problem }, "the keys of signed zones cannot be read from disk");
    for (const one of stored) await signings.#use(one);
    return signings;
  }

  /**
   * Reads the keys of a change, before the zones of that change are read. `use` takes them over, on disk first, before those zones are served: all but
   * those of zones that are `held`, since keys of an older database would not be those that the zone names. `settle`, once the zones are served, ends what is
   * to be signed no more: a version that has its own signatures has to be there first.
   */
  async read(
    db: Database,
    after: number,
  ): Promise<{
    use(held: ReadonlySet<string>): Promise<void>;
    settle(isServed: (origin: string) => boolean): Promise<void>;
  }> {
    const read = await readSignings(db, after);
    const known = new Set(read.map(({ origin }) => origin));
    let leaving: string[] = [];
    return {
      use: async (held) => {
        const taken = read.filter(({ origin }) => !held.has(origin));
        leaving = taken.flatMap(({ origin, keys }) => (keys.length === 0 && this.#stored.has(origin) ? [origin] : []));
        const changed = taken.filter(
          ({ origin, keys }) =>
            keys.length > 0 && JSON.stringify(this.#stored.get(origin)?.keys) !== JSON.stringify(keys),
        );
        for (const one of changed) await this.#use(one);
        if (changed.length > 0) await this.#save();
      },
      settle: async (isServed) => {
        // That a zone is signed is never forgotten by a database, only by another one: as long as the zone is served it stays signed.
        const gone =
          after === 0 ? [...this.#stored.keys()].filter((origin) => !known.has(origin) && !isServed(origin)) : [];
        for (const origin of [...leaving, ...gone]) {
          this.#stored.delete(origin);
          this.#signings.delete(origin);
        }
        if (leaving.length + gone.length > 0) await this.#save();
      },
    };
  }

  async #save(): Promise<void> {
    this.#last = undefined;
    try {
      await saveZoneKeys(this.#path, [...this.#stored.values()]);
    } catch (error) {
      this.#log.error({ problem: (error as Error).message }, "the keys of signed zones cannot be kept on disk");
    }
  }

  /** What is served, with the zones that are signed as they are asked. Cheap as long as nothing changes. */
  readonly served = (plain: Served): Served => {
    if (this.#signings.size === 0) return plain;
    if (this.#last?.plain !== plain) this.#last = { plain, signed: { ...plain, zones: this.#signed(plain.zones) } };
    return this.#last.signed;
  };

  #signed(zones: ZoneSet): ZoneSet {
    const signed = [...this.#signings].flatMap(([origin, signing]) => {
      const zone = zoneOfOrigin(zones, origin);
      if (zone === undefined || zone === "not-ready" || isSignedItself(zone)) return [];
      return [withSigning(zone, signing)];
    });
    return withVersions(zones, signed) ?? zones;
  }

  /** A zone whose keys do not open keeps what it was signed with before: old signatures are better than none. */
  async #use(one: StoredSigning): Promise<void> {
    this.#stored.set(one.origin, one);
    const keys = await this.#opened(one);
    if (keys === undefined) return;
    this.#signings.set(one.origin, { ...signatureTimes, keys });
  }

  async #opened({ origin, zoneId, keys }: StoredSigning): Promise<ZoneSigningKey[] | undefined> {
    const opened: ZoneSigningKey[] = [];
    try {
      this.#kek ??= (await openKekFile(this.#kekFile, "refuse")).kek;
    } catch (error) {
      const problem = (error as Error).message;
      this.#log.error(
        { origin, problem },
        "a zone cannot be signed: copy the zone KEK to this machine (dnssec.kek_file)",
      );
      return undefined;
    }
    for (const { keyId, version, algorithm, dnskey, sealed, signs } of keys) {
      const rdata = Buffer.from(dnskey, "base64");
      const key = await openZoneKey(this.#kek, { zoneId, keyId, version, algorithm }, sealed, rdata);
      if (key.result === "refused") {
        this.#log.error({ origin, problem: key.detail }, "a zone cannot be signed: one of its keys does not open");
        return undefined;
      }
      opened.push(zoneSigningKey(rdata, key.privateKey, signs));
    }
    return opened;
  }
}
