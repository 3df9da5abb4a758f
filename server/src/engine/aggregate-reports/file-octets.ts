import { open, stat } from "node:fs/promises";

/** A file up to a limit: one octet more than that is read, for whoever judges it to refuse. */
export async function fileOctets(
  file: string,
  octetsMax: number,
): Promise<{ ok: true; value: Uint8Array } | { ok: false; problem: string }> {
  try {
    const seen = await stat(file);
    if (seen.isDirectory()) return { ok: false, problem: "a folder; the file of a report is expected" };
    // Of a pipe or a device nobody knows the size beforehand, nor whether it ever ends.
    if (!seen.isFile()) return { ok: false, problem: "no ordinary file: save the report to one first" };
    const opened = await open(file);
    try {
      const { size } = await opened.stat();
      const { buffer, bytesRead } = await opened.read({
        buffer: Buffer.alloc(Math.min(size, octetsMax + 1)),
        position: 0,
      });
      return { ok: true, value: buffer.subarray(0, bytesRead) };
    } finally {
      await opened.close();
    }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === undefined) throw error;
    return { ok: false, problem: `cannot be read (${code})` };
  }
}
