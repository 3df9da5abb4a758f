import { setTimeout as pause } from "node:timers/promises";
import { typeName } from "chancery/dns";
import { DatabaseUnavailable } from "../../engine/database/faults.ts";
import { disk } from "../../engine/zone-store/disk.ts";
import { readOverrides, versionOfFile } from "../../engine/zone-store/override-file.ts";
import type { ServedZones } from "../../service/zone/served/served-zones.ts";
import type { Log } from "../log.ts";

const lookEveryMs = 250;

/** Serves what an operator overrode in the file, and whatever becomes of the file, for as long as the name server runs. */
export async function followOverrides(path: string, served: ServedZones, log: Log, signal: AbortSignal): Promise<void> {
  let seen: string | undefined;
  for (let isFirst = true; !signal.aborted; isFirst = false) {
    const version = await versionOfFile(path);
    if (isFirst || version !== seen) {
      seen = version;
      await takeOver(path, served, log);
    }
    await pause(lookEveryMs, undefined, { signal }).catch(() => {}); // aborted: the loop ends
  }
}

async function takeOver(path: string, served: ServedZones, log: Log): Promise<void> {
  try {
    const overrides = await readOverrides(disk, path);
    if (overrides.length + served.overrides.length === 0) return;
    const sets = overrides.map(({ typeNumber, ...override }) => ({ ...override, type: typeNumber }));
    for (const problem of await served.override(sets, Math.floor(Date.now() / 1000)))
      log.error({ problem }, "an override cannot be served; the zone stays as it is");
    const named = served.overrides.map(
      ({ name, type, records }) => `${name} ${typeName(type)}: ${records.length} records`,
    );
    log.warn(
      { overrides: named },
      named.length === 0 ? "nothing is overridden any more" : "records are overridden here",
    );
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    if (!(error instanceof DatabaseUnavailable) && !problem.startsWith(path)) throw error;
    log.error({ problem }, "the overrides cannot be taken over; what is served stays as it is");
  }
}
