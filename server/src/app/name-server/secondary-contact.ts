import { type LostContact, SecondaryContact, shortestExpire } from "../../service/name-server/contact.ts";
import type { ServedZones } from "../../service/zone/served/served-zones.ts";
import type { Config } from "../config-keys.ts";
import type { Log } from "../log.ts";

const lookEveryMs = 60_000;

export type ContactWatch = {
  asked: (secondary: string) => void;
  /** As of the last look. */
  lost: () => readonly LostContact[];
  close: () => void;
};

/** Notes when each secondary of the configuration last asked, and says so when one was silent for long (F-25). */
export function watchContact(config: Config, served: ServedZones, log: Log): ContactWatch {
  const now = (): number => performance.now() / 1000; // no clock that is set changes it
  const contact = new SecondaryContact(
    config["dns.secondaries"].map(({ name }) => name),
    now(),
  );
  let lost: readonly LostContact[] = [];
  const look = (): void => {
    const before = new Set(lost.map(({ secondary }) => secondary));
    lost = contact.lost(now(), shortestExpire([...served.zones.values()].map(({ zone }) => zone)));
    for (const one of lost)
      if (!before.has(one.secondary))
        log.error(one, "a secondary has not asked for long, and its copies end when it goes on like this");
  };
  const timer = setInterval(look, lookEveryMs);
  return { asked: (secondary) => contact.asked(secondary, now()), lost: () => lost, close: () => clearInterval(timer) };
}
