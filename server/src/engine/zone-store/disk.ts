import { open, readdir, readFile, rename, rm, type FileHandle } from "node:fs/promises";

/** A file being written. What was written is durable only after `sync`. */
export type DiskFile = {
  write(octets: Uint8Array, at: number): Promise<void>;
  sync(): Promise<void>;
  truncate(length: number): Promise<void>;
  close(): Promise<void>;
};

/** What the zone store asks of the file system: few operations, so that a test can fail, stop or lose power at each. */
export type Disk = {
  /** Undefined when there is no such file. */
  read(path: string): Promise<Buffer | undefined>;
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
