import type { Database } from "../../../engine/database/schema.ts";
import type { Seconds } from "../../../model/seconds.ts";

/** Why a domain is not to be rotated, or has not rotated. `left`: it is no fault of the rotation. */
export type Shortfall = { outcome: "failed" | "left"; reason: string };

/** What a worker of rollouts needs of the world. An empty stream is the default one. */
export type RolloutDeps = {
  db: Database;
  /** Epoch seconds. */
  now: () => Seconds;
  /** Names this worker in leases: unique among all that run. */
  owner: string;
  /** Between two looks at a rollout that waits for its domains. */
  pollSeconds: Seconds;
  /** Why no rotation can be asked for now. */
  obstacleOf: (tenantId: string, domainId: string, stream: string) => Promise<string | undefined>;
  /** Why a rotation that should be done is not; undefined: it waits for something that a clock can tell. */
  stuckOf: (tenantId: string, domainId: string, stream: string) => Promise<Shortfall | undefined>;
  /** What is wrong with a domain that has rotated, as the world sees it; undefined: nothing is, or nothing can be said. */
  faultOf: (tenantId: string, domainId: string, stream: string, since: Seconds) => Promise<string | undefined>;
};
