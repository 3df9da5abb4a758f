import { delegationsOfOneLook } from "../../../engine/resolver/delegation-cache.ts";
import type { ExchangeEvidence } from "../../../engine/resolver/resolution.ts";
import {
  IterativeSession,
  type AddressesFound,
  type IterativeOptions,
  type QueryBudget,
} from "../../../engine/resolver/session.ts";
import { auditQueriesMax, shareOf } from "../budget.ts";

const surveyLimits = { queriesMax: auditQueriesMax, totalMs: 4500, timeoutMs: 600 };

/** One audit's walk among authoritative servers: what its tasks share, which is limits, zones and addresses learnt, evidence. */
export type Survey = {
  budget: QueryBudget;
  /** A session for one task: with a guard against loops and limits of its own, within those of the survey. */
  session(limits?: Pick<IterativeOptions, "totalMs">): IterativeSession;
  /** Whether there is nothing left to ask with, be it queries or time. */
  isSpent(): boolean;
  queries(): number;
  exchanges(): ExchangeEvidence[];
};

export function beginSurvey(options: IterativeOptions): Survey {
  const { queriesMax, totalMs, timeoutMs } = { ...surveyLimits, ...options };
  const signal = AbortSignal.timeout(totalMs);
  const budget = shareOf(options.budget ?? { queriesLeft: queriesMax }, queriesMax);
  const sessions: IterativeSession[] = [];
  const addresses = new Map<string, AddressesFound>();
  // `queriesMax` of a session is for one name; here it was for all of them together.
  const { queriesMax: _, ...others } = options;
  const shared: IterativeOptions = {
    ...others,
    totalMs,
    timeoutMs,
    budget,
    delegations: delegationsOfOneLook(),
    hosts: { get: (name) => addresses.get(name), keep: (name, found) => void addresses.set(name, found) },
  };
  return {
    budget,
    session: (limits) => {
      const session = new IterativeSession({ ...shared, ...limits }, signal);
      sessions.push(session);
      return session;
    },
    isSpent: () => signal.aborted || budget.queriesLeft <= 0,
    queries: () =>
      sessions
        .flatMap((session) => session.exchanges)
        .reduce((sum, { queries, result }) => sum + (result === "no-route" ? 0 : queries), 0),
    exchanges: () => sessions.flatMap((session) => session.exchanges),
  };
}
