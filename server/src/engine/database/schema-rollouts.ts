import type { Generated } from "kysely";

/** A rotation of many domains of one tenant. `domains`, and the sizes of the waves, count each stream of a domain. */
export type RolloutTable = {
  id: string;
  tenantId: string;
  /** JSON: how it goes through its domains. */
  plan: string;
  domains: number;
  /** JSON: how many domains each wave has. */
  waves: string;
  requestedAt: number;
  requestedBy: string;
  /** Fencing token: rises with every claim by a worker. */
  rev: number;
  leaseOwner: string | null;
  leaseUntil: number | null;
  /** When a worker has to look at it again; null: it is over. */
  dueAt: number | null;
};

/** What happened to a rollout as a whole, in order. Only ever appended to. */
export type RolloutFactTable = { rolloutId: string; seq: number; fact: string };

/** The place of a domain's stream in a rollout, and what came of it. */
export type RolloutDomainTable = {
  rolloutId: string;
  place: number;
  domainId: string;
  /** Empty: the default stream. */
  stream: Generated<string>;
  wave: number;
  /** The rotation that was asked for. */
  rotationId: string | null;
  begunAt: number | null;
  /** `left`: it could not be begun; null: still to come, or under way. */
  outcome: "rotated" | "failed" | "left" | null;
  reason: string | null;
  endedAt: number | null;
};
