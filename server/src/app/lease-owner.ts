import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import process from "node:process";
import { endLeasesOf, listLeaseOwners } from "../engine/database/lease.ts";
import { endWatchLeasesOf, listWatchLeaseOwners } from "../engine/database/watch-claims.ts";
import type { Database } from "../engine/database/schema.ts";

/** A name for this process in leases: machine, pid, and something that no other process has. */
export const newLeaseOwner = (): string => `${hostname()} ${process.pid} ${randomBytes(6).toString("hex")}`;

/**
 * Ends the leases of processes of this machine that are gone, so that what kill -9 left does not rest until its lease runs
 * out. Where two machines have one name this may end a lease of a living one: it loses its claim, and nothing else.
 */
export async function endLeasesOfTheDead(db: Database, now: number): Promise<void> {
  for (const owner of await listLeaseOwners(db)) if (isGone(owner)) await endLeasesOf(db, owner, now);
  for (const owner of await listWatchLeaseOwners(db)) if (isGone(owner)) await endWatchLeasesOf(db, owner, now);
}

/** Called before this process takes its first lease: one with its pid is of a process that had the pid before. */
function isGone(owner: string): boolean {
  const [machine, pid] = owner.split(" ");
  if (machine !== hostname()) return false;
  return Number(pid) === process.pid || !lives(Number(pid));
}

function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"; // somebody else's process
  }
}
