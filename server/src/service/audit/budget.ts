import type { QueryBudget } from "../../engine/resolver/session.ts";

/** What one audit asks of other people's name servers at most, so that nobody can make a flood of audits. */
export const auditQueriesMax = 200;

/** A part of a budget: what is spent of it is spent of the whole, and it ends where either ends. */
export function shareOf(whole: QueryBudget, queriesMax: number): QueryBudget {
  let left = queriesMax;
  return {
    get queriesLeft() {
      return Math.min(left, whole.queriesLeft);
    },
    set queriesLeft(next) {
      const spent = Math.min(left, whole.queriesLeft) - next;
      left -= spent;
      whole.queriesLeft -= spent;
    },
  };
}
