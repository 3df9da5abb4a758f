import { createHash } from "node:crypto";

const daySeconds = 86_400;

/** A claim has so long to be proven, and a proof counts for so long after it was seen last. */
export const proofLastsSeconds = 14 * daySeconds;
/** The proof of control is looked at this often once it was seen. */
export const proofAgainSeconds = daySeconds;

/**
 * Whether a domain may be looked at for this tenant. `proven`: the tenant has shown that it controls it, here or for a
 * delegation; `pending`: it says so, and has some days to show it; `lapsed`: it has not, or not for too long.
 */
export type Standing = "proven" | "pending" | "lapsed";

export function standingOf(
  watch: { createdAt: number; proofSeenAt: number | null },
  isVerifiedHere: boolean,
  now: number,
): Standing {
  if (isVerifiedHere) return "proven";
  if (watch.proofSeenAt !== null) return now - watch.proofSeenAt < proofLastsSeconds ? "proven" : "lapsed";
  return now - watch.createdAt < proofLastsSeconds ? "pending" : "lapsed";
}

/** What a tenant's looks may cost a day. `unprovenLooks`: those at domains that are pending. */
export type WatchBudget = { looks: number; unprovenLooks: number; queries: number };

/** Whether one more look fits, where `spent` counts it in already. */
export const fits = (spent: WatchBudget, budget: WatchBudget, standing: Standing): boolean =>
  spent.looks <= budget.looks &&
  spent.queries < budget.queries &&
  (standing !== "pending" || spent.unprovenLooks <= budget.unprovenLooks);

/** The day that a budget is counted by: days since 1970, UTC. */
export const dayOf = (now: number): number => Math.floor(now / daySeconds);

/** When a domain comes again that the budget left no room for: in the first half of the next day, at a place of its own. */
export const nextDayAt = (name: string, now: number): number =>
  (dayOf(now) + 1) * daySeconds + (createHash("sha256").update(name).digest().readUInt32BE(0) % (daySeconds / 2));

export const secondsToNextDay = (now: number): number => (dayOf(now) + 1) * daySeconds - now;
