import { setTimeout as pause } from "node:timers/promises";
import { DatabaseUnavailable } from "../../engine/database/faults.ts";
import { listDueZoneSignings } from "../../engine/database/zone-keys.ts";
import type { DnssecDeps } from "../../service/dnssec/deps.ts";
import { type LookBook, visitZone } from "../../service/dnssec/visit.ts";
import type { Log } from "../log.ts";

const idleMs = 250;
/** Zones visited side by side; each visit asks name servers and waits for them. */
const visitsMax = 4;

/**
 * Looks after the keys of signed zones, beside the controller's loop: what is due is visited, until told to stop. A database that is away is
 * waited for; nothing moves meanwhile.
 */
export async function runZoneKeeper(deps: DnssecDeps, log: Log, signal: AbortSignal): Promise<void> {
  const book: LookBook = new Map();
  const visits = new Map<string, Promise<void>>();
  let fault: unknown;
  while (!signal.aborted) {
    try {
      if (fault !== undefined) throw fault;
      for (const zoneId of await listDueZoneSignings(deps.db, Math.floor(deps.nowMs() / 1000), visitsMax)) {
        if (visits.size >= visitsMax || visits.has(zoneId)) continue;
        const visit = visited(deps, book, zoneId, log)
          .catch((error: unknown) => {
            fault ??= error;
          })
          .finally(() => visits.delete(zoneId));
        visits.set(zoneId, visit);
      }
    } catch (error) {
      fault = undefined;
      if (!(error instanceof DatabaseUnavailable)) throw error; // the loop of domains says that it is away
    }
    await pause(idleMs, undefined, { signal }).catch(() => {});
  }
  await Promise.all(visits.values());
}

async function visited(deps: DnssecDeps, book: LookBook, zoneId: string, log: Log): Promise<void> {
  const visit = await visitZone(deps, book, zoneId);
  if (visit === undefined) return;
  const { origin, steps, waits } = visit;
  const moves = steps.filter((step) => step !== "look");
  if (moves.length > 0) log.info({ zone: origin, steps: moves }, "keys of a zone moved");
  for (const wait of waits)
    if (wait.for === "newer-version") log.error({ zone: origin, reason: wait.reason }, "nothing is done for this zone");
}
