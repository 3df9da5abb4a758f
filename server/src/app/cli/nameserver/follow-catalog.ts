import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as pause } from "node:timers/promises";
import type { Command } from "commander";
import { nsdControl } from "../../../engine/nsd-control/nsd-control.ts";
import { CatalogFollower, type Followed } from "../../../service/catalog-follower/catalog-follower.ts";
import { usualRemovalsMax } from "../../../service/catalog-follower/plan.ts";
import { type Log, makeLog } from "../../log.ts";
import { CommandFailed, exitStatus, type ExitStatus, print } from "../exit.ts";
import { type CommonOptions, common } from "../options/common.ts";
import { type FollowerSettings, followerSettings } from "./follower-settings.ts";

/** So often NSD is asked what it has though the catalog did not change: somebody may have started it anew without its list of zones. */
const everythingSeconds = 60;

type Options = CommonOptions & {
  once?: true;
  state?: string;
  zoneFiles?: string;
  nsdConfig?: string;
  maxRemovals?: string;
};

/** `chancery nameserver follow-catalog`: runs beside NSD. Needs no database and no Chancery on its machine. */
export function addFollowCatalog(nameServer: Command): void {
  common(
    nameServer
      .command("follow-catalog <file>")
      .description("make NSD serve what our catalog lists; runs beside NSD, with the file of its recipe")
      .option("--once", "look once and end: 0 done, 1 the catalog is not to be followed, 2 NSD refuses, 3 out of reach")
      .option("--state <dir>", "where the catalog is remembered (default: as the file says)")
      .option("--zone-files <dir>", "where NSD keeps the files of these zones (default: as the file says)")
      .option("--nsd-config <file>", "nsd.conf (default: as the file says, or the usual one)")
      .option("--max-removals <zones>", "how many zones may go at once (default: a tenth of them, at least 5)"),
    "chancery nameserver follow-catalog /etc/nsd/chancery/follower.yaml",
  ).action(async (file: string, options: Options) => {
    const { state, zoneFiles, nsdConfig } = options;
    const settings = {
      ...followerSettings(file),
      ...(state !== undefined && { state }),
      ...(zoneFiles !== undefined && { zoneFiles }),
      ...(nsdConfig !== undefined && { nsdConfig }),
    };
    const log = makeLog("follower", "info");
    const stop = new AbortController();
    const follower = followerOf(settings, removalsMaxOf(options.maxRemovals), stop.signal);
    if (options.once) {
      const followed = await follower.look("everything");
      tell(followed, log);
      putStatus(settings.state, followed);
      if (options.json) print(JSON.stringify(followed));
      process.exitCode = statusOf(followed);
      return;
    }
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => stop.abort());
    await follow(follower, settings, log, stop.signal);
  });
}

function removalsMaxOf(written: string | undefined): (served: number) => number {
  if (written === undefined) return usualRemovalsMax;
  if (!/^\d{1,9}$/.test(written)) throw new CommandFailed("--max-removals: a number of zones is expected");
  return () => Number(written);
}

function followerOf(
  settings: FollowerSettings,
  removalsMax: (served: number) => number,
  signal: AbortSignal,
): CatalogFollower {
  const { catalog, primary, from, key, pattern, zoneFiles, state } = settings;
  try {
    for (const folder of [state, zoneFiles]) mkdirSync(folder, { recursive: true });
    return new CatalogFollower({
      catalog,
      source: { address: primary.host, port: primary.port, key, localAddress: from },
      nsd: nsdControl(settings.nsdControl, settings.nsdConfig),
      pattern,
      zoneFiles,
      state,
      removalsMax,
      now: epochSeconds,
      signal,
    });
  } catch (error) {
    throw new CommandFailed((error as Error).message);
  }
}

const epochSeconds = (): number => Math.floor(Date.now() / 1000);

/** Looks again and again. What is wrong is logged when it begins, and when it is over; meanwhile NSD serves what it has. */
async function follow(
  follower: CatalogFollower,
  settings: FollowerSettings,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  let toldAbout = "";
  let everythingAt = 0;
  while (!signal.aborted) {
    const isDue = epochSeconds() >= everythingAt;
    const followed = await follower.look(isDue ? "everything" : "changes");
    if (signal.aborted) return;
    const about = "problem" in followed ? `${followed.outcome} ${followed.problem}` : followed.outcome;
    const isNews = followed.outcome === "applied" || (about !== toldAbout && (toldAbout !== "" || isWrong(followed)));
    if (isNews) tell(followed, log);
    toldAbout = isWrong(followed) ? about : "";
    if (isDue || isNews) putStatus(settings.state, followed);
    if (isDue) everythingAt = epochSeconds() + everythingSeconds;
    await pause(settings.intervalSeconds * 1000, undefined, { signal }).catch(() => {}); // aborted: the loop ends
  }
}

const isWrong = ({ outcome }: Followed): boolean => outcome !== "applied" && outcome !== "unchanged";

function tell(followed: Followed, log: Log): void {
  switch (followed.outcome) {
    case "unchanged":
      return log.info({ serial: followed.serial, members: followed.members }, "NSD serves what the catalog lists");
    case "applied": {
      const { add, remove, reset, passedOver } = followed.plan;
      const { serial, members } = followed;
      log.info(
        { serial, members, added: some(add), removed: some(remove), reset: some(reset) },
        "the catalog was applied",
      );
      if (passedOver.length > 0)
        log.warn({ passedOver: passedOver.slice(0, 20) }, "members of the catalog are left out");
      return;
    }
    case "unreachable":
      return log.warn({ problem: followed.problem }, "the catalog cannot be fetched; NSD keeps what it has");
    case "broken":
      return log.error(
        { problem: followed.problem },
        "the catalog is broken and is not followed; NSD keeps what it has",
      );
    case "regressed":
      return log.error(
        { problem: followed.problem },
        "the catalog is older than what was applied; NSD keeps what it has",
      );
    case "refused":
      return log.error({ problem: followed.problem }, "NSD does not do as it is told; it is tried again");
    case "stopped": {
      const { outcome: _, ...about } = followed;
      log.error(
        about,
        "the catalog would take many zones away at once; nothing was done. If that is meant: follow-catalog FILE --once --max-removals NUMBER",
      );
    }
  }
}

const namesMax = 20;
const some = (names: readonly string[]): string[] =>
  names.length <= namesMax ? [...names] : [...names.slice(0, namesMax), `and ${names.length - namesMax} more`];

/** For monitoring: a file that is old, or whose outcome is neither `applied` nor `unchanged`, is an alarm. */
function putStatus(folder: string, followed: Followed): void {
  const { outcome } = followed;
  const about = "problem" in followed ? { problem: followed.problem } : { serial: followed.serial };
  const file = join(folder, "status.json");
  writeFileSync(`${file}.new`, `${JSON.stringify({ at: epochSeconds(), outcome, ...about })}\n`);
  renameSync(`${file}.new`, file);
}

function statusOf({ outcome }: Followed): ExitStatus {
  switch (outcome) {
    case "applied":
    case "unchanged":
      return exitStatus.done;
    case "unreachable":
      return exitStatus.undetermined;
    case "refused":
      return exitStatus.refused;
    case "broken":
    case "regressed":
    case "stopped":
      return exitStatus.negative;
  }
}
