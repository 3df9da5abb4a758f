import { isSerialAfter } from "chancery/dns";
import { userInfo } from "node:os";
import { dirname } from "node:path";
import { DatabaseUnavailable } from "../../../engine/database/faults.ts";
import type { Database } from "../../../engine/database/schema.ts";
import { disk } from "../../../engine/zone-store/disk.ts";
import { loadStore } from "../../../engine/zone-store/load.ts";
import {
  auditLocally,
  readOverrides,
  type ReadOverride,
  writeOverrides,
} from "../../../engine/zone-store/override-file.ts";
import type { StoreState } from "../../../engine/zone-store/store-state.ts";
import { Refusal } from "../../../service/refusal.ts";
import { absolute, type LoadedConfig } from "../../config.ts";
import { type DataDirectory, openDataDirectory } from "../../data-directory.ts";
import { servedBy } from "../../http/served.ts";
import { openConfiguredDatabase } from "../../prepare.ts";
import { CommandFailed, exitStatus, note } from "../exit.ts";
import { type CommonOptions, configOf } from "../options/common.ts";

/** The files of the name server on this machine, for commands that need neither the API nor the name server itself. */
export type OwnFiles = {
  loaded: LoadedConfig;
  directory: DataDirectory;
  state: StoreState;
  overrides: ReadOverride[];
  /** Who runs the command, on this machine. */
  by: string;
  now: number;
};

export async function ownFiles(options: CommonOptions): Promise<OwnFiles> {
  const loaded = configOf(options);
  const directory = openDataDirectory(absolute(loaded.config["data.dir"]));
  const { state, problems } = await loadStore(disk, dirname(directory.zoneSnapshot), directory.zoneSnapshot);
  for (const problem of problems) note(`warning: ${problem}`);
  if (state === undefined)
    throw new CommandFailed(
      `${directory.zoneSnapshot}: no zones are kept there; say with --data where the name server's files are`,
    );
  try {
    const written = await readOverrides(disk, directory.zoneOverrides);
    const overrides = written.filter(({ zone, until }) => {
      const base = state.zones.get(zone)?.baseSerial;
      return until === undefined || base === undefined || isSerialAfter(until, base); // else it ended
    });
    return { loaded, directory, state, overrides, by: userInfo().username, now: Math.floor(Date.now() / 1000) };
  } catch (error) {
    throw new CommandFailed(error instanceof Error ? error.message : String(error));
  }
}

/** Replaces the overrides, and notes in the local audit file what was done. */
export async function storeOverrides(
  { directory, by, now }: OwnFiles,
  overrides: readonly ReadOverride[],
  done: { action: string; name: string; type: string; rdata?: readonly string[] },
): Promise<void> {
  await auditLocally(directory.zoneAudit, { at: now, by, ...done });
  await writeOverrides(disk, directory.zoneOverrides, overrides);
}

/** Tells when the name server serves it, or that it does not yet. */
export async function whenServed({ loaded }: OwnFiles, origin: string, serial: number): Promise<void> {
  const served = await servedBy(loaded.config["dns.listen"])(origin, serial);
  note(
    served
      ? `served: ${origin} has a serial of ${serial} or later`
      : `not served yet: is the name server running? It takes this over when it starts; if it runs, its log says why it did not`,
  );
  if (!served) process.exitCode = exitStatus.undetermined;
}

/** Runs a command's work on the database; an outage or a refusal ends the command with a message. */
export async function withDatabase<T>({ loaded, directory }: OwnFiles, work: (db: Database) => Promise<T>): Promise<T> {
  try {
    const db = await openConfiguredDatabase(loaded, directory);
    try {
      return await work(db);
    } finally {
      await db.destroy();
    }
  } catch (error) {
    if (error instanceof DatabaseUnavailable)
      throw new CommandFailed(
        `the database is away (${error.message}); try again when it is back`,
        exitStatus.undetermined,
      );
    if (error instanceof Refusal) throw new CommandFailed(error.message);
    throw error;
  }
}
