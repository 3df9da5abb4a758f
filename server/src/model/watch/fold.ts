import type { WatchEvent } from "./event.ts";
import { foldFindings } from "./fold-findings.ts";
import { foldObservations } from "./fold-observations.ts";
import { foldSelectors } from "./fold-selectors.ts";
import type { WatchHistory } from "./history.ts";
import type { Look } from "./look.ts";

/** Two looks closer together are likely to be answered out of one fault: they do not confirm each other. */
const looksApartSeconds = 60;

/**
 * Adds a look to what is remembered, and tells what changed. A look whose number is not higher than that of the last one
 * was added before and changes nothing; one without any answer changes nothing either. Where the clock was set back, what
 * was seen counts as seen at the latest time that is remembered.
 */
export function fold(history: WatchHistory, look: Look): { history: WatchHistory; events: WatchEvent[] } {
  if (look.number <= history.look || !look.isKnown) return { history, events: [] };
  const at = Math.max(look.at, latestOf(history));
  // A clock that was set counts as time that passed: without that, nothing would be confirmed until it is late again.
  const isApart = Math.abs(look.at - history.apartAt) >= looksApartSeconds;
  const observed = foldObservations(history.observations, look, at);
  const inventory = foldSelectors(history.selectors, look, at, { isFirst: history.look === 0, isApart });
  const found = foldFindings(history.findings, look, at, isApart);
  return {
    history: {
      look: look.number,
      apartAt: isApart ? look.at : history.apartAt,
      observations: observed.observations,
      selectors: inventory.selectors,
      findings: found.findings,
    },
    events: [...observed.events, ...inventory.events, ...found.events],
  };
}

/** Whether something waits for a second look. */
export const isUnsettled = ({ findings, selectors }: WatchHistory): boolean =>
  findings.some(({ state, cleanLooks }) => state === "suspected" || (state === "open" && cleanLooks > 0)) ||
  selectors.some(({ state, absentLooks }) => state === "present" && absentLooks > 0);

const latestOf = ({ observations, selectors, findings }: WatchHistory): number =>
  Math.max(
    0,
    ...observations.map(({ lastSeenAt }) => lastSeenAt),
    ...selectors.map(({ lookedAt }) => lookedAt),
    ...findings.map(({ lastSeenAt, closedAt }) => Math.max(lastSeenAt, closedAt ?? 0)),
  );
