import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { randomBytes } from "node:crypto";
import { join } from "node:path";

/** The files of one Chancery. Everything that must survive a restart is here or in PostgreSQL. */
export type DataDirectory = {
  root: string;
  database: string;
  kek: string;
  zoneKek: string;
  zoneKeys: string;
  signingClock: string;
  adminToken: string;
  cookieSecret: string;
  zoneSnapshot: string;
  zoneOverrides: string;
  zoneAudit: string;
  queue: string;
  ingest: string;
};

/** Makes the directory (0700) if it is missing and names its files. Throws what the file system says. */
export function openDataDirectory(root: string): DataDirectory {
  mkdirSync(root, { recursive: true, mode: 0o700 });
  return {
    root,
    database: join(root, "chancery.sqlite"),
    kek: join(root, "kek"),
    zoneKek: join(root, "zone-kek"),
    zoneKeys: join(root, "zone-keys"),
    signingClock: join(root, "signing-clock"),
    adminToken: join(root, "admin-token"),
    cookieSecret: join(root, "dns-cookie-secret"),
    zoneSnapshot: join(root, "zones.snapshot"),
    zoneOverrides: join(root, "zones.overrides"),
    zoneAudit: join(root, "zones.audit"),
    queue: join(root, "queue"),
    ingest: join(root, "ingest"),
  };
}

/** The pid that already runs on this data directory. */
export class AlreadyRunning extends Error {
  override name = "AlreadyRunning";
  readonly pid: number;
  constructor(pid: number, root: string) {
    super(`already running on ${root} with pid ${pid}; stop that one (kill ${pid}) or choose another --data`);
    this.pid = pid;
  }
}

/**
 * Takes the directory for this process, or throws AlreadyRunning. A lock is `pid start-time`: a recycled pid has another
 * start time, so a lock left by kill -9 never stands in the way. Returns the release.
 */
export function lockDataDirectory(root: string): () => void {
  const path = join(root, "chancery.pid");
  const mine = `${process.pid} ${startTimeOf(process.pid) ?? "?"}\n`;
  // The lock gets its name only when it is whole, so nobody ever reads half of one.
  const draft = `${path}.${randomBytes(4).toString("hex")}`;
  writeFileSync(draft, mine, { mode: 0o600, flag: "wx" });
  try {
    while (!linked(draft, path)) takeOverStaleLock(path, root);
  } finally {
    unlinkSync(draft);
  }
  return () => {
    if (readText(path) === mine) unlinkSync(path);
  };
}

/** False when the name exists. */
function linked(draft: string, path: string): boolean {
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** Removes a lock whose owner is gone. The rename makes one taker win when several find the same stale lock. */
function takeOverStaleLock(path: string, root: string): void {
  const found = readText(path);
  if (found === undefined) return;
  const [pid, startTime] = found.trim().split(" ");
  if ((startTimeOf(Number(pid)) ?? "gone") === startTime) throw new AlreadyRunning(Number(pid), root);
  const aside = `${path}.${randomBytes(4).toString("hex")}`;
  try {
    renameSync(path, aside);
  } catch {
    return; // somebody else took it over; look again
  }
  unlinkSync(aside);
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** Field 22 of /proc/PID/stat: ticks since boot at which the process began; undefined when there is none. */
function startTimeOf(pid: number): string | undefined {
  const stat = readText(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
}

/** Reads a one-line secret file, or makes it (0600, durable) with `make()`. `made` says whether this call created it. */
export function readOrMakeSecret(path: string, make: () => string): { value: string; made: boolean } {
  const existing = readText(path)?.trim();
  if (existing) return { value: existing, made: false };
  if (existing === "") unlinkSync(path); // a file that was emptied holds no secret, and would open nothing for ever
  const value = make();
  const temporary = `${path}.${randomBytes(4).toString("hex")}`;
  const file = openSync(temporary, "wx", 0o600);
  writeSync(file, `${value}\n`);
  fsyncSync(file);
  closeSync(file);
  try {
    // Of several processes that start at once one gives the file its name; the others take what it made.
    return linked(temporary, path) ? { value, made: true } : { value: readText(path)?.trim() ?? value, made: false };
  } finally {
    unlinkSync(temporary);
  }
}
