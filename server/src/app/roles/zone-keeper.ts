import { setTimeout as pause } from "node:timers/promises";
import { DatabaseUnavailable } from "../../engine/database/faults.ts";
import { listDueZoneSignings, listZonesToSign } from "../../engine/database/zone-keys.ts";
import type { DnssecDeps } from "../../service/dnssec/deps.ts";
import { signPresignedZone } from "../../service/dnssec/sign-zone.ts";
import { type LookBook, visitZone } from "../../service/dnssec/visit.ts";
import type { Log } from "../log.ts";

const idleMs = 250;
/** Zones visited side by side; each visit asks name servers and waits for them. */
const visitsMax = 4;
const signedAtOnceMax = 20;
/** A zone whose keys do not open is tried again this often. */
const refusedRestMs = 60_000;

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

/**
 * Signs pre-signed zones when their records change, and when signatures have half of their life behind them. Name servers wait for it, so it has a
 * loop of its own that no slow server holds up.
 */
export async function runZoneSigner(deps: DnssecDeps, log: Log, signal: AbortSignal): Promise<void> {
  const notBefore = new Map<string, number>();
  while (!signal.aborted) {
    try {
      const due = await listZonesToSign(deps.db, deps.signingNow(), signedAtOnceMax + notBefore.size);
      for (const zoneId of due) {
        if (signal.aborted || (notBefore.get(zoneId) ?? 0) > deps.nowMs()) continue;
        notBefore.delete(zoneId);
        const signed = await signPresignedZone(deps, zoneId, deps.signingNow());
        if (signed.result === "signed") log.info(signed, "a zone is signed");
        if (signed.result !== "refused") continue;
        notBefore.set(zoneId, deps.nowMs() + refusedRestMs);
        log.error(signed, "a zone cannot be signed; name servers keep its last signed version");
      }
    } catch (error) {
      if (!(error instanceof DatabaseUnavailable)) throw error;
    }
    await pause(idleMs, undefined, { signal }).catch(() => {});
  }
}

async function visited(deps: DnssecDeps, book: LookBook, zoneId: string, log: Log): Promise<void> {
  const visit = await visitZone(deps, book, zoneId);
  if (visit === undefined) return;
  const { origin, steps, waits, alarms } = visit;
  const moves = steps.filter((step) => step !== "look");
  if (moves.length > 0) log.info({ zone: origin, steps: moves }, "keys of a zone moved");
  for (const alarm of alarms) log.error({ zone: origin, alarm }, "a signed zone is in danger");
  for (const wait of waits)
    if (wait.for === "newer-version") log.error({ zone: origin, reason: wait.reason }, "nothing is done for this zone");
}
