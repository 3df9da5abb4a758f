import { readFileSync, renameSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildZone, formatZoneFile, parseZoneFile, zoneRecords, type Zone } from "chancery/dns";

const fileIn = (folder: string): string => join(folder, "catalog.zone");

/** The catalog that was applied last, or undefined; a file that cannot be read counts for nothing, since the catalog can be fetched. */
export function readCopy(folder: string, origin: string): Zone | undefined {
  let text: string;
  try {
    text = readFileSync(fileIn(folder), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  const records = parseZoneFile(text, { origin });
  const zone = records.ok ? buildZone(origin, records.value) : records;
  return zone.ok ? zone.value : undefined;
}

/** Keeps the catalog for the next start; one that is half written is never read. */
export function keepCopy(folder: string, zone: Zone): void {
  const file = fileIn(folder);
  writeFileSync(`${file}.new`, formatZoneFile(zone.origin, [...zoneRecords(zone)]), { mode: 0o600, flush: true });
  renameSync(`${file}.new`, file);
}

/** Removes the file in which the server kept a zone, so that it does not come back with what it was. */
export function removeZoneFile(folder: string, zone: string): void {
  try {
    unlinkSync(join(folder, `${zone}.zone`));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}
