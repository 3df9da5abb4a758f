import { setTimeout as pause } from "node:timers/promises";
import { readChangeCounter } from "../engine/database/change-counter.ts";
import { DatabaseUnavailable } from "../engine/database/faults.ts";
import type { Database } from "../engine/database/schema.ts";
import type { Kek } from "../engine/keystore/kek.ts";
import { KeyRing } from "../service/signing/key-ring.ts";
import type { Config } from "./config-keys.ts";
import type { LoadedConfig } from "./config.ts";
import type { Log } from "./log.ts";
import { timingPolicy } from "./onboarding-settings.ts";
import { configWithSettings } from "./settings.ts";

/** How a fence reaches the signers: they look this often whether anything changed. */
const pollMs = 200;

export type FollowedKeyRing = { ring: KeyRing; config(): Config; close(): void };

/** A key ring that hears of every change of the database, and settings as they are now. Resolves after the first look. */
export async function followKeyRing(db: Database, kek: Kek, loaded: LoadedConfig, log: Log): Promise<FollowedKeyRing> {
  let { config } = await configWithSettings(db, loaded);
  const ring = new KeyRing(db, kek, timingPolicy(config).signerLeaseSeconds, () => performance.now());
  ring.proofSeconds = timingPolicy(config).claimSuspendAfterSeconds;
  const stop = new AbortController();
  let seen = await readChangeCounter(db);
  ring.heard(true);
  const follow = async (): Promise<void> => {
    let away = false;
    while (!stop.signal.aborted) {
      await pause(pollMs, undefined, { signal: stop.signal }).catch(() => {});
      try {
        const counter = await readChangeCounter(db);
        if (counter !== seen) {
          ({ config } = await configWithSettings(db, loaded));
          ring.leaseSeconds = timingPolicy(config).signerLeaseSeconds;
          ring.proofSeconds = timingPolicy(config).claimSuspendAfterSeconds;
        }
        ring.heard(counter !== seen || away);
        seen = counter;
        if (away) log.info({}, "the database is back");
        away = false;
      } catch (error) {
        if (!(error instanceof DatabaseUnavailable) || stop.signal.aborted) {
          if (stop.signal.aborted) return;
          throw error;
        }
        if (!away)
          log.error(
            { problem: error.message },
            "the database is away; keys are used until the signer lease ends, then mail is deferred",
          );
        away = true;
      }
    }
  };
  void follow();
  return { ring, config: () => config, close: () => stop.abort() };
}
