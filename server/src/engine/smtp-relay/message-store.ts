import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { access, type FileHandle, mkdir, open, opendir, readFile, rename, stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import { fsync, removeIfThere, storeFault, type StoreFault, type Sync, writeDurably } from "./durable-file.ts";

export type MessageStoreOptions<E> = {
  directory: string;
  /** Epoch seconds. */
  now: () => number;
  /** Reads an envelope; undefined when the text is none, which quarantines the message. */
  parse: (text: string) => E | undefined;
  /** When the message wants attention, epoch seconds: kept as the modification time of its envelope. */
  due: (envelope: E) => number;
  /** Past this many messages `room` answers `full`. */
  messagesMax: number;
  /** `room` answers `full` below twice the largest message and this much more. */
  freeOctetsMin: number;
  messageOctetsMax: number;
  /** Told of an entry that was put aside, with what is wrong. */
  quarantined: (id: string, problem: string) => void;
  /** Absent means the real fsync. */
  sync?: Sync;
};

export type StoreEntry = { id: string; tenant: string; due: number };

/** A message whose octets lie in a file and can be read as often as needed. */
export type StoredMessage = { octets: number; read: () => AsyncIterable<Uint8Array> };

export type Stored<T = undefined> = { ok: true; value: T } | { ok: false; fault: StoreFault };

/** A message on its way in: nobody sees it before `commit`. After a fault or `discard` nothing of it is left. */
export type Draft<E> = {
  id: string;
  write: (octets: Uint8Array) => Promise<Stored>;
  message: () => StoredMessage;
  /** Durable when this resolves with `ok`: files and directory are synced. */
  commit: (envelope: Omit<E, "id" | "octets">) => Promise<Stored<E>>;
  discard: () => Promise<void>;
};

/**
 * Messages on disk. Each is `<id>.eml`, its octets as received, and `<id>.json`, its envelope; it exists exactly while
 * the `.json` does. The modification time of the `.json` is the due time and the id carries a tag of the tenant, so that
 * the store can be walked without being read. Nothing here is kept in memory but a count.
 */
export type MessageStore<E> = {
  /** How many messages the store holds. */
  readonly count: number;
  /** Set by the first failed fsync and never cleared: the store takes no more mail (F-15). */
  readonly broken: boolean;
  /** Whether another message can be taken; asked before DATA. */
  room: () => Promise<StoreFault | "room">;
  /** `tenant` and, where the same draft may be written twice, an id of `newId`. */
  draft: (tenant: string, id?: string) => Promise<Stored<Draft<E>>>;
  /** All messages, in no order. */
  entries: () => AsyncIterable<StoreEntry>;
  /** Undefined: gone, or quarantined just now. Rejects when the disk cannot be read. */
  load: (id: string) => Promise<{ envelope: E; message: StoredMessage } | undefined>;
  has: (id: string) => Promise<boolean>;
  /** Replaces the envelope. */
  update: (envelope: E) => Promise<Stored>;
  /** Ends a message. Where that fails the store is broken: what cannot be ended would be done over and over. */
  remove: (id: string) => Promise<Stored>;
};

const ID = /^[0-9a-z]+-([0-9a-f]{8})-[0-9a-f]{20}$/;

/** A new id: time, tenant, chance. With `seed`, the id is the same each time. */
export function newId(tenant: string, now: number, seed?: string): string {
  const tag = createHash("sha256").update(tenant).digest("hex").slice(0, 8);
  const last =
    seed === undefined ? randomBytes(10).toString("hex") : createHash("sha256").update(seed).digest("hex").slice(0, 20);
  return `${Math.floor(now).toString(36)}-${tag}-${last}`;
}

/** The tenant's tag in an id. */
export const tenantTag = (id: string): string => ID.exec(id)?.[1] ?? "";

/** Opens a store: makes the directory, clears what a crash left unfinished, counts. */
export async function openMessageStore<E extends { id: string; octets: number }>(
  options: MessageStoreOptions<E>,
): Promise<MessageStore<E>> {
  await mkdir(join(options.directory, "quarantine"), { recursive: true, mode: 0o700 });
  return new DirectoryStore(options, await clearLeftovers(options.directory));
}

class DirectoryStore<E extends { id: string; octets: number }> implements MessageStore<E> {
  broken = false;
  count: number;
  #options: MessageStoreOptions<E>;
  #sync: Sync;

  constructor(options: MessageStoreOptions<E>, count: number) {
    this.#options = options;
    this.#sync = options.sync ?? fsync;
    this.count = count;
  }

  async room(): Promise<StoreFault | "room"> {
    const { directory, messagesMax, messageOctetsMax, freeOctetsMin } = this.#options;
    if (this.broken) return "broken";
    if (this.count >= messagesMax) return "full";
    const { bavail, bsize, ffree, files } = await statfs(directory);
    // Two inodes a message, where the file system counts them at all.
    if (files > 0 && ffree < 16) return "full";
    return bavail * bsize < 2 * messageOctetsMax + freeOctetsMin ? "full" : "room";
  }

  draft(tenant: string, id = newId(tenant, this.#options.now())): Promise<Stored<Draft<E>>> {
    return this.#guarded(async () => {
      const handle = await open(this.#path(`${id}.eml.tmp`), "wx", 0o600);
      return newDraft<E>({
        id,
        directory: this.#options.directory,
        handle,
        sync: this.#sync,
        guarded: (act) => this.#guarded(act),
        due: this.#options.due,
        committed: () => (this.count += 1),
      });
    });
  }

  async *entries(): AsyncIterable<StoreEntry> {
    for await (const { name } of await opendir(this.#options.directory)) {
      const id = name.endsWith(".json") ? name.slice(0, -".json".length) : "";
      const tenant = ID.exec(id)?.[1];
      if (tenant === undefined) continue;
      const found = await stat(this.#path(name)).catch(() => undefined);
      if (found !== undefined) yield { id, tenant, due: found.mtimeMs / 1000 };
    }
  }

  async load(id: string): Promise<{ envelope: E; message: StoredMessage } | undefined> {
    const text = await orIfMissing(readFile(this.#path(`${id}.json`), "utf8"), undefined);
    if (text === undefined) return undefined;
    const envelope = this.#options.parse(text);
    if (envelope === undefined || envelope.id !== id) return this.#quarantine(id, "the envelope cannot be read");
    const file = this.#path(`${id}.eml`);
    const octets = await orIfMissing(
      stat(file).then((found) => found.size),
      -1,
    );
    if (octets === envelope.octets) return { envelope, message: { octets, read: () => createReadStream(file) } };
    return this.#quarantine(id, `${octets} octets where ${envelope.octets} were stored`);
  }

  has(id: string): Promise<boolean> {
    return isThere(this.#path(`${id}.json`));
  }

  update(envelope: E): Promise<Stored> {
    return this.#guarded(async () => {
      const settings = { sync: this.#sync, modifiedAt: this.#options.due(envelope) };
      await writeDurably(this.#options.directory, `${envelope.id}.json`, formatEnvelope(envelope), settings);
      return undefined;
    });
  }

  remove(id: string): Promise<Stored> {
    return this.#guarded(async () => {
      // The envelope first: without it the message is done with, and a crash in between leaves only octets to sweep.
      await removeIfThere(this.#path(`${id}.json`));
      await removeIfThere(this.#path(`${id}.eml`));
      this.count -= 1;
      return undefined;
    });
  }

  #path(name: string): string {
    return join(this.#options.directory, name);
  }

  async #guarded<T>(act: () => Promise<T>): Promise<Stored<T>> {
    if (this.broken) return { ok: false, fault: "broken" };
    try {
      return { ok: true, value: await act() };
    } catch (error) {
      const fault = storeFault(error);
      if (fault === "broken") this.broken = true;
      return { ok: false, fault };
    }
  }

  async #quarantine(id: string, problem: string): Promise<undefined> {
    // The octets first: octets without an envelope would be swept at the next start.
    for (const name of [`${id}.eml`, `${id}.json`]) {
      await rename(this.#path(name), this.#path(join("quarantine", name))).catch(() => undefined);
    }
    this.count -= 1;
    this.#options.quarantined(id, problem);
    return undefined;
  }
}

const formatEnvelope = (envelope: unknown): string => `${JSON.stringify(envelope, undefined, 1)}\n`;

async function orIfMissing<T, M>(found: Promise<T>, missing: M): Promise<T | M> {
  try {
    return await found;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return missing;
    throw error;
  }
}

const isThere = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );

/** Removes temporary files and octets without an envelope, neither of which was ever acknowledged; counts the rest. */
async function clearLeftovers(directory: string): Promise<number> {
  let count = 0;
  let sweeping: Promise<void>[] = [];
  const sweep = async (name: string): Promise<void> => {
    const file = join(directory, name);
    if (name.endsWith(".tmp") || !(await isThere(`${file.slice(0, -".eml".length)}.json`))) await removeIfThere(file);
  };
  for await (const { name } of await opendir(directory)) {
    if (name.endsWith(".json")) count += 1;
    if (name.endsWith(".tmp") || name.endsWith(".eml")) sweeping.push(sweep(name));
    if (sweeping.length < SWEPT_AT_ONCE) continue;
    await Promise.all(sweeping);
    sweeping = [];
  }
  await Promise.all(sweeping);
  return count;
}

const SWEPT_AT_ONCE = 256;

function newDraft<E extends { id: string; octets: number }>(parts: {
  id: string;
  directory: string;
  handle: FileHandle;
  sync: Sync;
  guarded: <T>(act: () => Promise<T>) => Promise<Stored<T>>;
  due: (envelope: E) => number;
  committed: () => void;
}): Draft<E> {
  const { id, directory, handle, sync } = parts;
  const temporary = join(directory, `${id}.eml.tmp`);
  const final = join(directory, `${id}.eml`);
  let octets = 0;
  let open = true;

  const close = async (): Promise<void> => {
    if (open) await handle.close();
    open = false;
  };
  const discard = async (): Promise<void> => {
    await close();
    for (const file of [temporary, join(directory, `${id}.json`), final])
      await removeIfThere(file).catch(() => undefined);
  };
  const orDiscard = async <T>(stored: Stored<T>): Promise<Stored<T>> => {
    if (!stored.ok) await discard();
    return stored;
  };

  return {
    id,
    write: async (chunk) =>
      orDiscard(
        await parts.guarded(async () => {
          await handle.writeFile(chunk);
          octets += chunk.length;
          return undefined;
        }),
      ),
    message: () => ({ octets, read: () => createReadStream(temporary) }),
    commit: async (envelope) =>
      orDiscard(
        await parts.guarded(async () => {
          const whole = { ...envelope, id, octets } as E;
          await sync(handle);
          await close();
          await rename(temporary, final);
          // One fsync of the directory, by the envelope, makes both names durable.
          await writeDurably(directory, `${id}.json`, formatEnvelope(whole), { sync, modifiedAt: parts.due(whole) });
          parts.committed();
          return whole;
        }),
      ),
    discard,
  };
}
