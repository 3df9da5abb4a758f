import { isCatalogZone, zoneOfOrigin } from "chancery/dns";
import {
  type SecondaryEvent,
  type SecondaryWatch,
  watchSecondaries,
} from "../../service/name-server/watch-secondaries.ts";
import type { Config } from "../config-keys.ts";
import type { Log } from "../log.ts";
import type { ServedZones } from "../../service/zone/served/served-zones.ts";

const namedMax = 20;

/**
 * Watches what the secondaries of the configuration serve of our zones, with a log of it. `notify` tells them of a zone once more, where one fell
 * back. `signedHere`: zones that they cannot have.
 */
export function watchConfiguredSecondaries(
  config: Config,
  served: ServedZones,
  notify: (origins: readonly string[]) => void,
  log: Log,
): SecondaryWatch & { signedHere: () => string[] } {
  const signedHere = new Set<string>();
  const watch = watchSecondaries({
    places: config["dns.secondaries"].flatMap(({ name, publicAddresses }) =>
      publicAddresses.map(({ host, port }) => ({ secondary: name, address: host, port })),
    ),
    alarmSeconds: config["dns.lag_alarm"],
    origins: () => served.zones.keys(),
    wanted: (origin) => {
      const zone = zoneOfOrigin(served.now.zones, origin);
      if (zone !== undefined && zone !== "not-ready" && zone.signing) signedHere.add(origin);
      else signedHere.delete(origin);
      if (zone === undefined) return "gone";
      // The catalog is not for the public, and a zone that is signed as it is asked is for nobody to copy.
      return zone === "not-ready" || zone.signing || isCatalogZone(zone) ? "not-copied" : zone.serial;
    },
    nowMs: () => performance.timeOrigin + performance.now(), // no clock that is set changes it
    onEvent: (event) => {
      tell(event, log);
      if (event.event === "fell-back") notify([event.origin]);
    },
  });
  return { ...watch, signedHere: () => [...signedHere].slice(0, namedMax) };
}

function tell(event: SecondaryEvent, log: Log): void {
  switch (event.event) {
    case "visible-everywhere":
      return log.info(event, "a change is visible at every secondary");
    case "fell-back":
      return log.warn(event, "a secondary lost the version that it had; it is told of the zone again");
    case "alarm":
      return log.error(event, "a secondary does not serve what it should; its log says why, or nobody can reach it");
    case "alarm-over":
      log.info(event, "a secondary serves what it should again");
  }
}
