import { setTimeout as pause } from "node:timers/promises";
import { DatabaseUnavailable } from "../../engine/database/faults.ts";
import { claimDue, type ClaimedWatch } from "../../service/watch/claim-due.ts";
import type { WatchDeps } from "../../service/watch/deps.ts";
import { visitWatch } from "../../service/watch/look.ts";
import type { Log } from "../log.ts";

const idleMs = 1000;

export type WatcherOptions = {
  deps: WatchDeps;
  log: Log;
  /** Looks side by side, asked before every batch. */
  parallel: () => Promise<number>;
};

/**
 * Looks at watched domains as they come due, until told to stop. It runs beside the reconcile loop and never in its way: a
 * look that fails of a bug is logged, and made again when its lease ends; a database that is away is waited for.
 */
export async function runWatcher({ deps, log, parallel }: WatcherOptions, signal: AbortSignal): Promise<void> {
  const visits = new Set<Promise<void>>();
  const stopped = once(signal);
  let away = false;
  while (!signal.aborted) {
    try {
      const most = await parallel();
      const room = most - visits.size;
      const claim = { owner: deps.owner, now: deps.now() };
      const claimed = room > 0 ? await claimDue(deps.db, await deps.settings(), claim, room) : [];
      if (away) log.info({}, "the database is back");
      away = false;
      for (const one of claimed) {
        const visit: Promise<void> = visitAndLog(deps, log, one).finally(() => visits.delete(visit));
        visits.add(visit);
      }
      if (room === 0 || claimed.length === room) {
        // There may be more: the next batch begins when half of this one is done.
        while (visits.size > most / 2 && !signal.aborted) await Promise.race([...visits, stopped]);
        continue;
      }
    } catch (error) {
      if (!(error instanceof DatabaseUnavailable)) throw error;
      if (!away) log.error({ problem: error.message }, "the database is away; nothing is watched");
      away = true;
    }
    await pause(idleMs, undefined, { signal }).catch(() => {});
  }
  await Promise.all(visits);
}

const once = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));

async function visitAndLog(deps: WatchDeps, log: Log, claimed: ClaimedWatch): Promise<void> {
  const { name, tenantId } = claimed.row;
  try {
    const visit = await visitWatch(deps, claimed);
    switch (visit.outcome) {
      case "looked":
        log.debug({ domain: name, tenant: tenantId, answered: visit.isKnown }, "watched");
        for (const { kind, subject } of visit.events)
          log.info({ domain: name, tenant: tenantId, kind, subject }, "changed");
        return;
      case "unproven":
        return log.debug({ domain: name, tenant: tenantId }, "not watched: nobody has proven control of it");
      case "lost":
        return log.debug({ domain: name, tenant: tenantId }, "watched by another meanwhile, or removed");
    }
  } catch (error) {
    const problem = error instanceof DatabaseUnavailable ? error.message : ((error as Error).stack ?? String(error));
    log.error({ domain: name, tenant: tenantId, problem }, "a look was not recorded; it is made again");
  }
}
