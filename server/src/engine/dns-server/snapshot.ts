import { isSerialAfter, zoneFromWire, zoneToWire, type Zone } from "chancery/dns";
import { createHash } from "node:crypto";
import { open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/** All zones of one moment. The generation rises with every change to any of them. */
export type Snapshot = { readonly generation: number; readonly zones: readonly Zone[] };

/** What was found on disk; `problems` says for a person what could not be used. No snapshot: nothing may be answered but REFUSED. */
export type LoadedSnapshot = { snapshot: Snapshot | undefined; problems: readonly string[] };

/** Changed when the form changes; files of another form are not read. */
const magic = Buffer.from("chancery zones 2\n");
const digestOctets = 32;
const headOctets = magic.length + 8 + 4;

const previousOf = (path: string): string => `${path}.previous`;

/**
 * Writes the snapshot so that a crash at any moment leaves this one or the one before whole: the file is on disk before it gets its name,
 * and the one before keeps another name. A save that fails leaves all as it was. One at a time.
 *
 * The form: magic, generation (8 octets), number of zones (4), each zone as its length (8) and `zoneToWire`; at the end SHA-256 of all
 * before.
 */
export async function saveSnapshot(path: string, snapshot: Snapshot): Promise<void> {
  const temporary = `${path}.new`;
  try {
    await writeSnapshot(temporary, snapshot);
  } catch (error) {
    await rm(temporary, { force: true }); // on a full disk it would be in the way of all others
    throw error;
  }
  await rename(path, previousOf(path)).catch(ignoreMissing);
  await rename(temporary, path);
  const directory = await open(dirname(path), "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

async function writeSnapshot(path: string, snapshot: Snapshot): Promise<void> {
  const file = await open(path, "w", 0o644);
  try {
    const hash = createHash("sha256");
    const write = async (octets: Uint8Array): Promise<void> => {
      hash.update(octets);
      await file.writeFile(octets);
    };
    const head = Buffer.alloc(headOctets);
    head.set(magic);
    head.writeBigUInt64BE(BigInt(snapshot.generation), magic.length);
    head.writeUInt32BE(snapshot.zones.length, magic.length + 8);
    await write(head);
    for (const zone of snapshot.zones) {
      const length = Buffer.alloc(8);
      let octets = 0;
      for (const chunk of zoneToWire(zone)) octets += chunk.length;
      length.writeBigUInt64BE(BigInt(octets));
      await write(length);
      for (const chunk of zoneToWire(zone)) await write(chunk);
    }
    await file.writeFile(hash.digest());
    await file.sync();
  } finally {
    await file.close();
  }
}

const ignoreMissing = (error: unknown): void => {
  if (!isMissing(error)) throw error;
};
const isMissing = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "ENOENT";

/** The snapshot of that path, or the one before if that file is torn, changed or gone. Never a part of one, and never an empty one for it. */
export async function loadSnapshot(path: string): Promise<LoadedSnapshot> {
  const problems: string[] = [];
  for (const file of [path, previousOf(path)]) {
    const octets = await readFile(file).catch((error: unknown) => {
      if (!isMissing(error)) problems.push(`${file}: ${error instanceof Error ? error.message : "unreadable"}`);
      return undefined;
    });
    if (!octets) continue;
    const snapshot = readSnapshot(octets);
    if (typeof snapshot !== "string") return { snapshot, problems };
    problems.push(`${file}: ${snapshot}`);
  }
  return { snapshot: undefined, problems };
}

/** A sentence says what is wrong. Nothing is believed before the checksum is right. */
function readSnapshot(octets: Buffer): Snapshot | string {
  if (octets.length < headOctets + digestOctets) return "too short for a snapshot";
  if (!octets.subarray(0, magic.length).equals(magic)) return "not a snapshot of this version";
  const end = octets.length - digestOctets;
  const digest = createHash("sha256").update(octets.subarray(0, end)).digest();
  if (!digest.equals(octets.subarray(end))) return "checksum does not match";
  const generation = Number(octets.readBigUInt64BE(magic.length));
  const count = octets.readUInt32BE(magic.length + 8);
  const zones: Zone[] = [];
  let at = headOctets;
  for (; zones.length < count;) {
    if (at + 8 > end) return "cut short between zones";
    const length = Number(octets.readBigUInt64BE(at));
    at += 8;
    if (at + length > end) return "cut short in a zone";
    const zone = zoneFromWire(octets.subarray(at, at + length));
    if (!zone.ok) return `zone ${zones.length + 1}: ${zone.problem}`;
    zones.push(zone.value);
    at += length;
  }
  return at === end ? { generation, zones } : "octets after the last zone";
}

/**
 * Why `next` must not replace `served`, or undefined: a generation that is not newer, or a serial that went back, which secondaries and
 * caches would not follow (RFC 1982).
 */
export function regressOf(served: Snapshot | undefined, next: Snapshot): string | undefined {
  if (!served) return undefined;
  if (next.generation <= served.generation) return `generation ${next.generation} is not after ${served.generation}`;
  const serials = new Map(served.zones.map((zone) => [zone.origin, zone.serial]));
  for (const zone of next.zones) {
    const serial = serials.get(zone.origin);
    if (serial === undefined || serial === zone.serial || isSerialAfter(zone.serial, serial)) continue;
    return `${zone.origin}: serial ${zone.serial} is not after ${serial}`;
  }
  return undefined;
}
