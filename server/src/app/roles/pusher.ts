import { setTimeout as pause } from "node:timers/promises";
import type { TsigKey } from "chancery/dns";
import { DatabaseUnavailable } from "../../engine/database/faults.ts";
import type { Database } from "../../engine/database/schema.ts";
import { findZoneByOrigin } from "../../engine/database/zones.ts";
import { powerDnsPusher } from "../../engine/dns-push/powerdns.ts";
import { rfc2136Pusher } from "../../engine/dns-push/rfc2136.ts";
import type { Pusher } from "../../engine/dns-push/target.ts";
import { pushZone } from "../../service/zone/push.ts";
import type { Log } from "../log.ts";
import type { PushSetting } from "../push-config.ts";

const intervalMs = 500;

export type PusherOptions = {
  db: Database;
  settings: readonly PushSetting[];
  keys: readonly TsigKey[];
  /** Of this process, for leases. */
  owner: string;
  now: () => number;
  log: Log;
};

/**
 * Keeps the zones that are pushed elsewhere in line with ours, until told to stop. Several controllers share the work by leases. What fails is
 * tried again; a target that hangs keeps no other one waiting.
 */
export async function runPusher(options: PusherOptions, signal: AbortSignal): Promise<void> {
  await Promise.all(
    options.settings.map(async (setting) => {
      const pusher = pusherFor(setting, options);
      /** Serials that are known to stand there: nothing is asked of the database for them but whether they are still the last. */
      const current = new Map<string, string>();
      while (!signal.aborted) {
        for (const origin of setting.zones) await look(setting.name, pusher, origin, current, options);
        await pause(intervalMs, undefined, { signal }).catch(() => {}); // aborted: the loop ends
      }
    }),
  );
}

function pusherFor(setting: PushSetting, { keys, now }: PusherOptions): Pusher {
  if (setting.by === "powerdns") return powerDnsPusher(setting);
  const { address, key } = setting;
  const tsig = keys.find(({ name }) => name === key);
  return rfc2136Pusher({ by: "rfc2136", address: address.host, port: address.port, key: tsig }, now);
}

async function look(
  target: string,
  pusher: Pusher,
  origin: string,
  current: Map<string, string>,
  { db, owner, now, log }: PusherOptions,
): Promise<void> {
  try {
    const zone = await findZoneByOrigin(db, origin, "also-removed");
    if (zone === undefined) return;
    const version = `${zone.serial} ${zone.removedAt ?? ""}`;
    if (current.get(origin) === version) return;
    const pushed = await pushZone(db, zone, { target, pusher, owner }, now());
    switch (pushed.result) {
      case "pushed":
        log.info({ target, zone: origin, serial: pushed.serial, changes: pushed.changes }, "pushed");
        current.set(origin, version);
        return;
      case "current":
        current.set(origin, version);
        return;
      case "failed":
        return log.error({ target, zone: origin, problem: pushed.problem }, "a zone was not pushed; it is tried again");
      case "not-due":
        return;
    }
  } catch (error) {
    if (!(error instanceof DatabaseUnavailable)) throw error; // the controller says so already
  }
}
