import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { open, readdir, readFile, rename, rm, type FileHandle } from "node:fs/promises";

/** A file being written. What was written is durable only after `sync`. */
export type DiskFile = {
  write(octets: Uint8Array, at: number): Promise<void>;
  sync(): Promise<void>;
  truncate(length: number): Promise<void>;
  close(): Promise<void>;
};

/** A file being read from its start, piece by piece; what is read stays as it is. */
export type DiskSource = {
  /** Octets of the whole file. */
  readonly length: number;
  /** The next octets, so many of them, in an array of their own; undefined when there are not so many left. */
  next(octets: number): Uint8Array | undefined;
  close(): void;
};

/** What the zone store asks of the file system: few operations, so that a test can fail, stop or lose power at each. */
export type Disk = {
  /** Undefined when there is no such file. */
  read(path: string): Promise<Buffer | undefined>;
  /** The same for a file that is too large to be in memory twice. */
  source(path: string): Promise<DiskSource | undefined>;
  /** The names in a directory. */
  list(directory: string): Promise<string[]>;
  /** Opens a file for writing; `empty` makes it or takes away what is in it, `kept` expects it to be there. */
  open(path: string, content: "empty" | "kept"): Promise<DiskFile>;
  rename(from: string, to: string): Promise<void>;
  /** Nothing happens when there is no such file. */
  remove(path: string): Promise<void>;
  /** Makes the names in a directory durable. */
  syncDirectory(directory: string): Promise<void>;
};

export const isMissing = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "ENOENT";

export const disk: Disk = {
  read: (path) =>
    readFile(path).catch((error: unknown) => {
      if (isMissing(error)) return undefined;
      throw error;
    }),
  source: async (path) => {
    try {
      return sourceOf(openSync(path, "r"));
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  },
  list: (directory) => readdir(directory),
  open: async (path, content) => fileOf(await open(path, content === "empty" ? "w" : "r+", 0o644)),
  rename: (from, to) => rename(from, to),
  remove: (path) => rm(path, { force: true }),
  syncDirectory: async (directory) => {
    const handle = await open(directory, "r");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
};

const fileOf = (handle: FileHandle): DiskFile => ({
  write: async (octets, at) => {
    for (let done = 0; done < octets.length;) {
      const { bytesWritten } = await handle.write(octets, done, octets.length - done, at + done);
      done += bytesWritten;
    }
  },
  sync: () => handle.sync(),
  truncate: (length) => handle.truncate(length),
  close: () => handle.close(),
});

/** So much is read at once: pieces are small, and a system call for each would cost more than the copy. */
const aheadOctets = 1 << 18;

/** Reads without waiting for other work: this is how a name server starts, and nothing else happens then. */
function sourceOf(file: number): DiskSource {
  const { size: length } = fstatSync(file);
  const ahead = new Uint8Array(aheadOctets);
  let at = 0;
  let end = 0;
  return {
    length,
    next: (count) => {
      const octets = new Uint8Array(count);
      for (let done = 0; done < count;) {
        if (at === end) {
          at = 0;
          end = readSync(file, ahead, 0, aheadOctets, null);
          if (end === 0) return undefined;
        }
        const more = Math.min(count - done, end - at);
        octets.set(ahead.subarray(at, at + more), done);
        at += more;
        done += more;
      }
      return octets;
    },
    close: () => closeSync(file),
  };
}
