import { hostname } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { readChangeCounter } from "../engine/database/change-counter.ts";
import { DatabaseUnavailable } from "../engine/database/faults.ts";
import type { Database } from "../engine/database/schema.ts";
import type { Kek } from "../engine/keystore/kek.ts";
import { KeyRing } from "../service/signing/key-ring.ts";
import { Registration, type SignerSelf } from "../service/signing/registration.ts";
import type { Config } from "./config-keys.ts";
import type { LoadedConfig } from "./config.ts";
import { newLeaseOwner } from "./lease-owner.ts";
import type { Log } from "./log.ts";
import { timingPolicy } from "./onboarding-settings.ts";
import { configWithSettings } from "./settings.ts";

/** How a fence reaches the signers: they look this often whether anything changed. */
const pollMs = 200;
/** A switch is acknowledged, and what was signed is told, this often; more often where the lease is short. */
const renewMsMax = 10_000;

export type FollowedKeyRing = { ring: KeyRing; config(): Config; close(): Promise<void> };

/**
 * A key ring that hears of every change of the database, and settings as they are now. Resolves after the first look, with
 * this process registered as a signer. `close` is for when nothing is signed any more.
 */
export async function followKeyRing(
  db: Database,
  kek: Kek,
  loaded: LoadedConfig,
  log: Log,
  role: SignerSelf["role"],
  now: () => number,
): Promise<FollowedKeyRing> {
  let { config } = await configWithSettings(db, loaded);
  const leaseSeconds = (): number => timingPolicy(config).signerLeaseSeconds;
  const ring = new KeyRing(
    db,
    kek,
    leaseSeconds(),
    () => performance.now(),
    () => now() * 1000,
  );
  ring.proofSeconds = timingPolicy(config).claimSuspendAfterSeconds;
  const self = { id: newLeaseOwner(), node: hostname(), role, startedAt: now() };
  const registration = new Registration(db, ring, self);
  const stop = new AbortController();
  const asked = ring.moment();
  let seen = await readChangeCounter(db);
  await registration.renew(seen, leaseSeconds(), now());
  ring.heard(true, asked);

  const follow = async (): Promise<void> => {
    let away = false;
    while (await goesOn(pollMs, stop.signal)) {
      try {
        const asking = ring.moment();
        const counter = await readChangeCounter(db);
        if (counter !== seen) {
          ({ config } = await configWithSettings(db, loaded));
          ring.leaseSeconds = Math.min(ring.leaseSeconds, leaseSeconds());
          ring.proofSeconds = timingPolicy(config).claimSuspendAfterSeconds;
        }
        ring.heard(counter !== seen || away, asking);
        seen = counter;
        if (away) log.info({}, "the database is back");
        away = false;
      } catch (error) {
        if (stop.signal.aborted) return;
        if (!(error instanceof DatabaseUnavailable)) throw error;
        if (!away)
          log.error(
            { problem: error.message },
            "the database is away; keys are used until the signer lease ends, then mail is deferred",
          );
        away = true;
      }
    }
  };
  const renew = async (): Promise<void> => {
    while (await goesOn(Math.min(renewMsMax, (leaseSeconds() * 1000) / 3), stop.signal)) {
      await registration.renew(seen, leaseSeconds(), now()).catch(unlessAway);
    }
  };
  void follow();
  const renewing = renew();
  return {
    ring,
    config: () => config,
    close: async () => {
      stop.abort();
      await renewing;
      await registration.leave().catch(unlessAway);
    },
  };
}

/** Whether to go on after a pause. */
async function goesOn(ms: number, signal: AbortSignal): Promise<boolean> {
  await pause(ms, undefined, { signal }).catch(() => {});
  return !signal.aborted;
}

/** The loop beside this one tells of an outage; what could not be told is told later, or stands until the lease has ended. */
function unlessAway(error: unknown): void {
  if (!(error instanceof DatabaseUnavailable)) throw error;
}
