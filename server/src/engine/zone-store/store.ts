import { dirname } from "node:path";
import type { Disk, DiskFile } from "./disk.ts";
import type { ZoneHistory } from "./history.ts";
import { journalEntry, type JournalEnd, journalHead } from "./journal.ts";
import { filesOf, type LoadedStore, loadStore } from "./load.ts";
import { writeSnapshot } from "./snapshot.ts";
import { originOf, type StoreChange, writeChange } from "./store-change.ts";
import { StoreState } from "./store-state.ts";

/** A change that replaces zones of more records than this is written as a snapshot, not as an entry of the journal. */
const entryRecordsMax = 20_000;
/** The journal is folded into a new snapshot when it is larger than this share of the snapshot, and than a minimum. */
const journalShare = 1 / 4;
const journalOctetsMinDefault = 1 << 20;

/** The change is not durable, so it must not be served. `lost`: nor can any later one be, until the process starts again. */
export class NotStored extends Error {
  readonly state: "retry" | "lost";
  constructor(detail: string, state: "retry" | "lost", cause?: unknown) {
    super(detail, { cause });
    this.name = "NotStored";
    this.state = state;
  }
}

export type StoreOptions = {
  disk: Disk;
  /** Path of the snapshot; the other files stand beside it. */
  path: string;
  /** Told when the journal could not be folded into a snapshot: nothing is lost, and it grows on. */
  onProblem: (problem: string) => void;
  /** Below this the journal is left alone; 1 MiB when absent. */
  journalOctetsMin?: number;
};

/**
 * What a name server serves, kept so that a process that dies at any instruction finds it again whole: a snapshot, the one before, and a journal
 * of the changes since the one before. A change is on disk before it is served. The caller makes one change at a time.
 */
export class ZoneStore {
  readonly state: StoreState;
  readonly history: ZoneHistory;
  /** What could not be used of the files, for a person. */
  readonly problems: readonly string[];
  readonly #options: StoreOptions;
  readonly #files: ReturnType<typeof filesOf>;
  /** Where the next entry goes; `file` undefined until there is one. No value: a new file begins with the next entry. */
  #journal: { end: JournalEnd; file: DiskFile | undefined } | undefined;
  #journals: number[];
  #stray: readonly number[];
  #generations: LoadedStore["generations"];
  readonly #octets: LoadedStore["octets"];
  #foldAbove: number;
  #folding: Promise<void> | undefined;
  #lost: string | undefined;

  static async open(options: StoreOptions): Promise<ZoneStore> {
    return new ZoneStore(options, await loadStore(options.disk, dirname(options.path), options.path));
  }

  private constructor(options: StoreOptions, loaded: LoadedStore) {
    this.#options = options;
    this.#files = filesOf(options.path);
    this.state = loaded.state ?? new StoreState(0, 0);
    this.history = loaded.history;
    this.problems = loaded.problems;
    this.#journal = loaded.end && { end: loaded.end, file: undefined };
    this.#journals = [...loaded.journals];
    this.#stray = loaded.stray;
    this.#generations = loaded.generations;
    this.#octets = loaded.octets;
    this.#foldAbove = options.journalOctetsMin ?? journalOctetsMinDefault;
  }

  /** Why nothing can be stored any more, or undefined. */
  get lost(): string | undefined {
    return this.#lost;
  }

  /** Makes a change durable, and only then the state. Throws `NotStored`: state and files are then as they were. */
  async commit(change: StoreChange): Promise<void> {
    if (this.#lost !== undefined) throw new NotStored(this.#lost, "lost");
    try {
      if (this.state.generation === 0 || isLarge(change)) await this.#storeWhole(change);
      else await this.#append(writeChange(change));
    } catch (error) {
      throw this.#notStored(error);
    }
    this.state.take(change);
    for (const step of change.steps) this.history.take(originOf(step), step);
    this.#foldIfDue();
  }

  /** Waits until nothing is written any more. */
  async close(): Promise<void> {
    await this.#folding;
    await this.#journal?.file?.close();
    this.#journal = undefined;
  }

  async #append(entry: Buffer): Promise<void> {
    const journal = await this.#openJournal();
    const { octets, end } = journalEntry(journal.end, entry);
    try {
      await journal.file.write(octets, journal.end.length);
    } catch (error) {
      await journal.file.truncate(journal.end.length); // on a full disk half an entry would be in the way of all others
      throw error;
    }
    await this.#synced(() => journal.file.sync());
    this.#octets.journal += octets.length;
    this.#journal = { file: journal.file, end };
  }

  async #openJournal(): Promise<{ end: JournalEnd; file: DiskFile }> {
    const { disk } = this.#options;
    await this.#removeStray();
    const there = this.#journal;
    if (there?.file !== undefined) return { end: there.end, file: there.file };
    if (there !== undefined) {
      const file = await disk.open(this.#files.journal(there.end.first), "kept");
      await file.truncate(there.end.length); // what was torn
      this.#journal = { end: there.end, file };
      return { end: there.end, file };
    }
    const first = this.state.generation + 1;
    const { octets, end } = journalHead(first);
    const file = await disk.open(this.#files.journal(first), "empty");
    try {
      await file.write(octets, 0);
      await this.#synced(() => file.sync());
      await this.#synced(() => disk.syncDirectory(dirname(this.#files.snapshot)));
    } catch (error) {
      await file.close();
      throw error;
    }
    this.#journals.push(first);
    this.#octets.journal += octets.length;
    this.#journal = { end, file };
    return { end, file };
  }

  async #removeStray(): Promise<void> {
    for (const first of this.#stray) await this.#options.disk.remove(this.#files.journal(first));
    this.#stray = [];
  }

  /** A change too large for the journal: a snapshot of what will be served. */
  async #storeWhole(change: StoreChange): Promise<void> {
    await this.#folding;
    await this.#removeStray();
    const next = this.state.copy();
    next.take(change);
    await this.#closeJournal();
    try {
      await this.#saveSnapshot(next);
    } catch (error) {
      // The files are ahead of what is served: an entry for the same generation would not count beside them.
      if (this.#generations.snapshot === next.generation) this.#lost ??= lostText(error);
      throw error;
    }
  }

  #foldIfDue(): void {
    const { snapshot, journal } = this.#octets;
    if (this.#folding !== undefined || journal <= Math.max(this.#foldAbove, snapshot * journalShare)) return;
    this.#folding = this.#fold().finally(() => (this.#folding = undefined));
  }

  /** Later changes go to a journal file of their own while the snapshot is written. */
  async #fold(): Promise<void> {
    const state = this.state.copy();
    try {
      await this.#closeJournal();
      await this.#saveSnapshot(state);
    } catch (error) {
      this.#foldAbove = this.#octets.journal * 2;
      this.#options.onProblem(this.#notStored(error).message);
    }
  }

  async #closeJournal(): Promise<void> {
    const journal = this.#journal;
    this.#journal = undefined;
    await journal?.file?.close();
  }

  /** The file is on disk before it gets its name, and the one before keeps another name, unless it was no good. */
  async #saveSnapshot(state: StoreState): Promise<void> {
    const { disk, journalOctetsMin = journalOctetsMinDefault } = this.#options;
    const { draft, snapshot, previous, journal } = this.#files;
    const directory = dirname(snapshot);
    const folded = this.#octets.journal;
    let octets: number;
    try {
      octets = await this.#synced(() => writeSnapshot(disk, draft, state));
    } catch (error) {
      await disk.remove(draft).catch(() => {}); // on a full disk it would be in the way of all others
      throw error;
    }
    if (this.#generations.snapshot !== undefined) {
      await disk.rename(snapshot, previous);
      this.#generations = { snapshot: undefined, previous: this.#generations.snapshot };
    }
    await disk.rename(draft, snapshot);
    this.#generations = { ...this.#generations, snapshot: state.generation };
    await this.#synced(() => disk.syncDirectory(directory));
    this.#octets.snapshot = octets;
    this.#octets.journal -= folded;
    this.#foldAbove = journalOctetsMin;
    const kept = this.#generations.previous ?? 0;
    const old = this.#journals.filter((_, index) => (this.#journals[index + 1] ?? Infinity) - 1 <= kept);
    this.#journals = this.#journals.filter((first) => !old.includes(first));
    for (const first of old) await disk.remove(journal(first)).catch(() => {}); // it would not count, and only takes room
  }

  /** After an fsync that failed the kernel may have dropped what was written: one that succeeds later proves nothing (F-15). */
  async #synced<T>(sync: () => Promise<T>): Promise<T> {
    try {
      return await sync();
    } catch (error) {
      if (!isTransient(error)) this.#lost = lostText(error);
      throw error;
    }
  }

  #notStored(error: unknown): NotStored {
    if (!(error instanceof Error && "code" in error)) throw error; // a bug
    return this.#lost === undefined
      ? new NotStored(`the zones cannot be written (${error.message})`, "retry", error)
      : new NotStored(this.#lost, "lost", error);
  }
}

const isLarge = ({ steps }: StoreChange): boolean =>
  steps.reduce((sum, step) => sum + (step.kind === "replaced" ? step.next.zone.recordCount : 0), 0) > entryRecordsMax;

const isTransient = (error: unknown): boolean =>
  error instanceof Error && "code" in error && ["ENOSPC", "EDQUOT", "EMFILE", "ENFILE"].includes(String(error.code));

const lostText = (error: unknown): string =>
  `the disk failed while zones were written (${error instanceof Error ? error.message : String(error)}): what is served stays, and nothing new is taken over until the name server is started again`;
