import { chmodSync, mkdtempSync, rmSync, statfsSync } from "node:fs";
import { freemem, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

const memoryDisk = "/dev/shm";
const roomBytesMin = 4 * 2 ** 30;

/**
 * A directory for the temporary files of a test run, which goes at its end: in memory where there is room, unless TMPDIR says another place. Tests
 * make databases by the hundred, and each commit waits for its disk; none is about a disk that loses power, and those about a full one mount
 * their own.
 */
export default function keepTogether(): () => void {
  const place = process.env["TMPDIR"] ?? (hasRoom() ? memoryDisk : tmpdir());
  const directory = mkdtempSync(join(place, "chancery-tests-"));
  chmodSync(directory, 0o711); // PostgreSQL and Postfix run as users of their own
  process.env["TMPDIR"] = directory;
  return () => rmSync(directory, { recursive: true, force: true });
}

function hasRoom(): boolean {
  try {
    const { bavail, bsize } = statfsSync(memoryDisk);
    return Math.min(bavail * bsize, freemem()) >= roomBytesMin;
  } catch {
    return false; // no such file system here
  }
}
