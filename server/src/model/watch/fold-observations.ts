import type { WatchEvent } from "./event.ts";
import type { Observation } from "./history.ts";
import { isKnownChain, isThere, type Look } from "./look.ts";

/** So many rows are kept of one name: a server that answers differently each time does not fill the database. */
export const turnsMax = 50;
/** A change back and forth is told once within so many changes. */
const changesRemembered = 10;

type Seen = Pick<Observation, "name" | "outcome" | "aliases" | "texts" | "fingerprint">;

/**
 * Adds what a look saw at its key names. What is as before lasts until now; what differs is a new row, and an event when a
 * key or its chain changed. An unknown answer adds nothing.
 */
export function foldObservations(
  before: readonly Observation[],
  look: Look,
  at: number,
): { observations: Observation[]; events: WatchEvent[] } {
  const byName = Map.groupBy(before, ({ name }) => name);
  const events: WatchEvent[] = [];
  for (const selector of look.selectors) {
    const { keyName, chain } = selector;
    if (!isKnownChain(chain)) continue;
    const rows = byName.get(keyName) ?? [];
    const last = rows.at(-1);
    const seen = seenAt(selector);
    if (last === undefined) {
      // What was never there, and is not there now, is no history.
      if (seen.outcome === "present") byName.set(keyName, [begun(seen, 1, at)]);
    } else if (isSame(last, seen)) {
      byName.set(keyName, [...rows.slice(0, -1), { ...last, lastSeenAt: at, looks: last.looks + 1 }]);
    } else {
      events.push(...changesTo(rows, seen));
      byName.set(keyName, [...rows, begun(seen, last.turn + 1, at)].slice(-turnsMax));
    }
  }
  return { observations: [...byName.values()].flat(), events };
}

const begun = (seen: Seen, turn: number, at: number): Observation => ({
  ...seen,
  turn,
  firstSeenAt: at,
  lastSeenAt: at,
  looks: 1,
});

function seenAt({ keyName: name, chain, key }: Look["selectors"][number]): Seen {
  const aliases = chain.aliases.map((alias) => ({ name: alias.name, target: alias.target }));
  if (!isThere(chain)) return { name, outcome: "absent", aliases: [], texts: [], fingerprint: null };
  const texts = chain.outcome === "present" ? chain.texts.map(({ text }) => text).toSorted() : [];
  return { name, outcome: "present", aliases, texts, fingerprint: key?.fingerprint ?? null };
}

const isSame = (one: Seen, other: Seen): boolean => contentOf(one) === contentOf(other);
const contentOf = ({ outcome, aliases, texts }: Seen): string => JSON.stringify([outcome, aliases, texts]);

/**
 * What changed against the last time that something stood there. Two servers of which one is behind answer in turn: that
 * one is replaced by the other is told once, and the way back once.
 */
function changesTo(rows: readonly Observation[], seen: Seen): WatchEvent[] {
  const there = rows.filter(({ outcome }) => outcome === "present");
  const last = there.at(-1);
  if (last === undefined || seen.outcome === "absent") return [];
  const told = there
    .slice(-changesRemembered)
    .map((row, index, recent) => ({ from: recent[index - 1], to: row }))
    .filter(({ from }) => from !== undefined);
  const isNew = (part: (row: Seen) => string): boolean =>
    part(last) !== part(seen) && !told.some(({ from, to }) => part(from!) === part(last) && part(to) === part(seen));
  const events: WatchEvent[] = [];
  if (isNew(keyOf))
    events.push({
      kind: "key-changed",
      subject: seen.name,
      before: last.fingerprint,
      after: seen.fingerprint,
      seenSince: last.firstSeenAt,
    });
  if (isNew(chainOf)) {
    const [before, after] = [targetsOf(last), targetsOf(seen)];
    events.push({
      kind: "chain-changed",
      subject: seen.name,
      before,
      after,
      gained: after.filter((target) => !before.includes(target)),
      lost: before.filter((target) => !after.includes(target)),
    });
  }
  return events;
}

const targetsOf = ({ aliases }: Seen): string[] => aliases.map(({ target }) => target);
const chainOf = (seen: Seen): string => targetsOf(seen).join(" ");
/** A text that is no sound key counts as a whole. */
const keyOf = ({ fingerprint, texts }: Seen): string => fingerprint ?? JSON.stringify(texts);
