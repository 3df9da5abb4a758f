import { join } from "node:path";
import type { Disk, DiskSource } from "./disk.ts";
import { ZoneHistory } from "./history.ts";
import { type JournalEnd, readJournal } from "./journal.ts";
import { readSnapshot } from "./snapshot.ts";
import { originOf, readChange, stepOf, type ZoneStep } from "./store-change.ts";
import type { StoreState } from "./store-state.ts";
import type { StoredZone } from "./stored-zone.ts";

/** The names of a store's files. A journal file is named by the generation of its first entry. */
export const filesOf = (snapshot: string) => ({
  snapshot,
  previous: `${snapshot}.previous`,
  draft: `${snapshot}.new`,
  journal: (first: number): string => `${snapshot}.changes.${first}`,
});

export type LoadedStore = {
  /** Undefined: nothing sound is there, and nothing may be answered but REFUSED. */
  state: StoreState | undefined;
  history: ZoneHistory;
  /** The journal file to go on with, when it ends with the state. */
  end: JournalEnd | undefined;
  /** The generations of the snapshot (undefined when it could not be used) and of the one before, where that was read. */
  generations: { snapshot: number | undefined; previous: number | undefined };
  /** Journal files by their first generation: those that count, and those that follow what is lost and must never count. */
  journals: readonly number[];
  stray: readonly number[];
  /** Octets of the snapshot and of the journal files. */
  octets: { snapshot: number; journal: number };
  /** What could not be used, for a person. */
  problems: readonly string[];
};

/**
 * The newest state that the files hold: a snapshot, or the one before where that is torn or changed, and every change after it that was
 * written whole. Changes nothing.
 */
export async function loadStore(disk: Disk, directory: string, snapshot: string): Promise<LoadedStore> {
  const problems: string[] = [];
  const found = await newestSnapshot(disk, snapshot, problems);
  const history = new ZoneHistory();
  const numbers = await journalNumbers(disk, directory, snapshot);
  const files = filesOf(snapshot);
  const sizes = { snapshot: found?.octets ?? 0, journal: 0 };
  if (found === undefined) {
    const generations = { snapshot: undefined, previous: undefined };
    const none = { state: undefined, history, end: undefined, journals: [], stray: numbers };
    return { ...none, generations, octets: sizes, problems };
  }
  const { state, isFallback } = found;
  const generations = isFallback
    ? { snapshot: undefined, previous: state.generation }
    : { snapshot: state.generation, previous: undefined };
  let end: JournalEnd | undefined;
  let stray: number[] = [];
  for (const [index, first] of numbers.entries()) {
    const path = files.journal(first);
    const octets = await disk.read(path);
    const journal = octets && readJournal(octets);
    if (journal?.first !== first || first > state.generation + 1) {
      if (octets !== undefined && octets.length > 0)
        problems.push(`${path}: does not follow generation ${state.generation}`);
      stray = numbers.slice(index);
      break;
    }
    if (journal.tornOctets > 0)
      problems.push(
        `${path}: the last ${journal.tornOctets} octets are of a change that was not written whole; dropped`,
      );
    const problem = replay(journal.entries, first, state, history);
    sizes.journal += journal.end.length;
    end = problem === undefined && first + journal.entries.length === state.generation + 1 ? journal.end : undefined;
    if (problem === undefined) continue;
    problems.push(`${path}: ${problem}`);
    stray = numbers.slice(index + 1);
    break;
  }
  const journals = numbers.filter((first) => !stray.includes(first));
  return { state, history, end, generations, journals, stray, octets: sizes, problems };
}

async function newestSnapshot(
  disk: Disk,
  snapshot: string,
  problems: string[],
): Promise<{ state: StoreState; octets: number; isFallback: boolean } | undefined> {
  const { previous } = filesOf(snapshot);
  for (const path of [snapshot, previous]) {
    let source: DiskSource | undefined;
    try {
      source = await disk.source(path);
      if (source === undefined) continue;
      const state = readSnapshot(source);
      if (typeof state !== "string") return { state, octets: source.length, isFallback: path === previous };
      problems.push(`${path}: ${state}`);
    } catch (error) {
      problems.push(`${path}: ${(error as Error).message}`);
    } finally {
      source?.close();
    }
  }
  return undefined;
}

async function journalNumbers(disk: Disk, directory: string, snapshot: string): Promise<number[]> {
  const prefix = filesOf(snapshot).journal(0).slice(0, -1);
  const paths = (await disk.list(directory)).map((name) => join(directory, name));
  return paths
    .filter((path) => path.startsWith(prefix) && /^\d+$/.test(path.slice(prefix.length)))
    .map((path) => Number(path.slice(prefix.length)))
    .sort((a, b) => a - b);
}

/** Takes every entry that the state does not have yet; of those before it only their place in the history. */
function replay(
  entries: readonly Buffer[],
  first: number,
  state: StoreState,
  history: ZoneHistory,
): string | undefined {
  for (const [index, octets] of entries.entries()) {
    const change = readChange(octets);
    if (change === undefined) return `entry ${index + 1} is none of this version`;
    if (first + index <= state.generation) {
      for (const step of change.steps) history.take(step.origin, step);
      continue;
    }
    const steps: ZoneStep[] = [];
    const zones = new Map<string, StoredZone | undefined>(); // one change may bring several versions of a zone
    for (const written of change.steps) {
      const before = zones.has(written.origin) ? zones.get(written.origin) : state.zones.get(written.origin);
      const step = stepOf(written, before);
      if (typeof step === "string") return `entry ${index + 1}: ${step}`;
      steps.push(step);
      zones.set(written.origin, step.kind === "removed" ? undefined : step.next);
    }
    state.take({ followed: change.followed, steps });
    for (const step of steps) history.take(originOf(step), step);
  }
  return undefined;
}
