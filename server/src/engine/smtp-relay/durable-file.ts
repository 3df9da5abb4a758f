import { open, rename, unlink, type FileHandle } from "node:fs/promises";
import { join } from "node:path";

/**
 * Why something could not be made durable. `full` passes when space comes back. `broken` does not: after a failed
 * fsync the kernel may have dropped the dirty pages, so a second fsync that succeeds proves nothing.
 */
export type StoreFault = "full" | "broken";

const TRANSIENT = new Set(["ENOSPC", "EDQUOT", "EMFILE", "ENFILE"]);

/** Sorts an error of the file system; anything that is none is a bug and goes on up. */
export function storeFault(error: unknown): StoreFault {
  const code = error instanceof Error && "code" in error ? String(error.code) : undefined;
  if (code === undefined || code.startsWith("ERR_")) throw error;
  return TRANSIENT.has(code) ? "full" : "broken";
}

/** fsync, injected so that a test can make it fail. */
export type Sync = (handle: FileHandle) => Promise<void>;

export const fsync: Sync = (handle) => handle.sync();

/** Makes the names in a directory durable. */
export async function syncDirectory(directory: string, sync: Sync): Promise<void> {
  const handle = await open(directory, "r");
  try {
    await sync(handle);
  } finally {
    await handle.close();
  }
}

/** Writes a small file whole or not at all: temporary name, fsync, rename, fsync of the directory. */
export async function writeDurably(
  directory: string,
  name: string,
  text: string,
  options: { sync: Sync; modifiedAt?: number },
): Promise<void> {
  const temporary = join(directory, `${name}.tmp`);
  const handle = await open(temporary, "w", 0o600);
  try {
    await handle.writeFile(text);
    if (options.modifiedAt !== undefined) await handle.utimes(options.modifiedAt, options.modifiedAt);
    await options.sync(handle);
  } catch (error) {
    await handle.close();
    await removeIfThere(temporary);
    throw error;
  }
  await handle.close();
  await rename(temporary, join(directory, name));
  await syncDirectory(directory, options.sync);
}

export async function removeIfThere(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  }
}
