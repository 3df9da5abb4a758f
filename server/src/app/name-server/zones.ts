import { typeName } from "chancery/dns";
import { type NameServerReport, serialsMax } from "../../service/name-server/report.ts";
import type { ServedZones } from "../../service/zone/served/served-zones.ts";

const namedMax = 100;

/** What a name server's report tells of its zones. */
export function zonesReport(
  served: ServedZones,
): Pick<NameServerReport, "zones" | "notReady" | "serials" | "conflicts" | "overrides" | "lost"> {
  const serials = [...served.zones.values()].map(({ zone }) => [zone.origin, zone.serial] as const);
  const first = serials.sort(([a], [b]) => (a < b ? -1 : 1)).slice(0, serialsMax);
  const conflicts = served.conflicts.map(({ origin, served: serial }) => `${origin}, serial ${serial}`);
  const overrides = served.overrides.map(({ name, type }) => `${name} ${typeName(type)}`);
  return {
    zones: served.zones.size,
    notReady: served.notReady.slice(0, namedMax),
    serials: Object.fromEntries(first),
    conflicts: conflicts.slice(0, namedMax),
    overrides: overrides.slice(0, namedMax),
    ...(served.lost !== undefined && { lost: served.lost }),
  };
}
