import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildZone, parseZoneFile, readSoa, soaData, TYPE, type Zone } from "chancery/dns";
import { newCustomerZone } from "./zones.ts";

const suffix = ".zone";
const firstCustomers = ["customer.example", "shop.example"];
const readAgainMs = 250;

/** The customers' zones, read from files that people edit. */
export type CustomerZones = { origins(): string[]; zones(): Zone[]; close(): void };

/**
 * Serves every `<origin>.zone` in a directory and reads a file again when it changes; a file that cannot be served is
 * reported and its last good zone stays. The SOA serial is the time of the change, so it rises by itself.
 */
export function customerZones(directory: string, onChange: () => void, report: (line: string) => void): CustomerZones {
  mkdirSync(directory, { recursive: true });
  for (const origin of firstCustomers) {
    const file = join(directory, `${origin}${suffix}`);
    if (!existsSync(file)) writeFileSync(file, newCustomerZone(origin).replace("THIS FILE", file));
  }
  const loaded = new Map<string, { stamp: string; zone: Zone | undefined }>();
  const readAll = (): boolean => {
    let changed = false;
    for (const name of readdirSync(directory).filter((file) => file.endsWith(suffix))) {
      const file = join(directory, name);
      const { mtimeMs, size } = statSync(file);
      const stamp = `${mtimeMs} ${size}`;
      const before = loaded.get(name);
      if (before?.stamp === stamp) continue;
      const zone = readZone(name.slice(0, -suffix.length), readFileSync(file, "utf8"), Math.floor(mtimeMs / 1000));
      if (typeof zone === "string") report(`${file}: ${zone}; the zone before stays`);
      else if (before !== undefined) report(`${file}: read again`);
      loaded.set(name, { stamp, zone: typeof zone === "string" ? before?.zone : zone });
      changed = true;
    }
    return changed;
  };
  readAll();
  const timer = setInterval(() => readAll() && onChange(), readAgainMs);
  return {
    origins: () => [...loaded.keys()].map((name) => name.slice(0, -suffix.length)),
    zones: () => [...loaded.values()].flatMap(({ zone }) => zone ?? []),
    close: () => clearInterval(timer),
  };
}

function readZone(origin: string, text: string, serial: number): Zone | string {
  const records = parseZoneFile(text, { origin });
  if (!records.ok) return records.problem;
  const stamped = records.value.map((record) =>
    record.type === TYPE.SOA ? { ...record, data: soaData({ ...readSoa(record.data), serial }) } : record,
  );
  const zone = buildZone(origin, stamped);
  return zone.ok ? zone.value : zone.problem;
}
