import type { Generated } from "kysely";
import type { WatchEvent } from "../../model/watch/event.ts";
import type { Observation, TrackedFinding, TrackedSelector } from "../../model/watch/history.ts";

/* Tables of watched domains; the words at the top of `schema.ts` hold here too. */

/** A domain that is looked at again and again. */
export type WatchTable = {
  id: string;
  tenantId: string;
  /** A-labels, lower case, no final dot. */
  name: string;
  intervalSeconds: number;
  /** JSON: selectors that the owner says have to be there. */
  selectors: string;
  challengeToken: string;
  createdAt: number;
  /** When proof of control was seen last; null before the first time. */
  proofSeenAt: number | null;
  proofLookedAt: number | null;
  /** The last look, whatever it brought. */
  lookedAt: number | null;
  /** The last look that was answered. */
  knownAt: number | null;
  /** The number (rev) of the last look that was added to the history. */
  look: number;
  /** When the last look was that could confirm the one before. */
  apartAt: number;
  score: number | null;
  /** Looks in a row that were followed by one before its time. */
  earlyLooks: number;
  /** Why it is not looked at; null while it is. */
  resting: "unproven" | "budget" | null;
  /** When it is looked at again. */
  dueAt: number;
  /** Fencing token: rises with every claim by a worker, and numbers the looks. */
  rev: number;
  leaseOwner: string | null;
  leaseUntil: number | null;
};

/** What a tenant's looks have cost on one day (epoch days, UTC). */
export type WatchBudgetTable = { tenantId: string; day: number; looks: number; unprovenLooks: number; queries: number };

export type ObservationTable = {
  watchId: string;
  name: string;
  turn: number;
  outcome: Observation["outcome"];
  /** JSON. */
  aliases: string;
  /** JSON. */
  texts: string;
  fingerprint: string | null;
  firstSeenAt: number;
  lastSeenAt: number;
  looks: number;
};

/** The inventory. */
export type WatchedSelectorTable = Omit<TrackedSelector, "sources"> & {
  watchId: string;
  tenantId: string;
  /** JSON. */
  sources: string;
};

export type FindingTable = {
  seq: Generated<number>;
  watchId: string;
  tenantId: string;
  code: string;
  subject: string;
  /** Place in the list of severities: 0 is the worst. */
  severity: number;
  state: TrackedFinding["state"];
  checkName: string;
  /** JSON: summary, evidence, remedy and the like, as told last. */
  told: string;
  firstSeenAt: number;
  lastSeenAt: number;
  openedAt: number | null;
  closedAt: number | null;
  openings: number;
  cleanLooks: number;
};

/** What changed, in order. Whoever tells others about it later reads here. */
export type WatchEventTable = {
  seq: Generated<number>;
  watchId: string;
  tenantId: string;
  at: number;
  kind: WatchEvent["kind"];
  subject: string;
  /** JSON: the rest of the event. */
  detail: string;
};
