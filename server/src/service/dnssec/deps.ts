import type { Database } from "../../engine/database/schema.ts";
import type { Kek } from "../../engine/keystore/kek.ts";
import type { ZoneKeysObserved } from "../../engine/resolver/dnssec/observe-zone-keys.ts";
import type { ZoneKeyPolicy } from "../../model/dnssec/zone-key-policy.ts";
import type { Seconds } from "../../model/seconds.ts";

/** The world of whoever looks after the keys of zones, given by the process that runs it. */
export type DnssecDeps = {
  db: Database;
  /** The zone KEK. */
  kek: Kek;
  /** Read anew for every visit. `dnskeyTtl`: of the records that are put at the apex. */
  settings: () => Promise<{ policy: ZoneKeyPolicy; dnskeyTtl: Seconds }>;
  /** Everything that servers of the zone and of its parent say of its keys. Never rejects. */
  observe: (origin: string) => Promise<ZoneKeysObserved>;
  /** Wall clock, epoch milliseconds. */
  nowMs: () => number;
  /** The time to sign with, epoch seconds: no jump of the wall clock misleads it. */
  signingNow: () => Seconds;
  trustedTime: { readMs: () => Promise<number> };
};
