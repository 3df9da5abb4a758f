import type { Database } from "../../engine/database/schema.ts";
import type { Kek } from "../../engine/keystore/kek.ts";
import type { AuthorityObservation } from "../../engine/resolver/authorities/observation.ts";
import type { DnsSettings } from "../../model/delegation/delegation.ts";
import type { TimingPolicy } from "../../model/rotation/timing-policy.ts";
import type { CrashPoint } from "./crash-points.ts";
import type { TrustedTime } from "./trusted-time.ts";

/** What the outside may change while the platform runs. */
export type LifecycleSettings = {
  policy: TimingPolicy;
  /** Undefined until it is known where we answer: nothing can be published then. */
  dns: DnsSettings | undefined;
  /** Private halves are made public after their time, where a claim says nothing else; absent: they are not. */
  disclose?: boolean;
};

/** The world of the controller, given by the process that runs it. */
export type LifecycleDeps = {
  db: Database;
  kek: Kek;
  /** Read anew for every domain. */
  settings: () => Promise<LifecycleSettings>;
  /** TXT of a name and everything on the way to it, asked of all authoritative servers. Never rejects. */
  observe: (name: string) => Promise<AuthorityObservation>;
  /** Wall clock, epoch milliseconds. */
  nowMs: () => number;
  trustedTime: TrustedTime;
  /** Names this controller in leases: unique among all that run. */
  owner: string;
  /** Called before and after every durable effect; absent means that nothing happens. */
  crashPoint?: (name: CrashPoint) => void;
};
