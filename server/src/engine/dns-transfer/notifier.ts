import { zoneOfOrigin, type Zone } from "chancery/dns";
import type { Served } from "../dns-server/served.ts";
import { NotifyTarget, type NotifyEvent, type NotifyPace, type NotifyState, type NotifyTo } from "./notify-target.ts";

export type Notifier = {
  /** These zones changed, or may have. */
  tell(origins: Iterable<string>): void;
  state(): readonly NotifyState[];
  close(): Promise<void>;
};

const usualPace: NotifyPace = {
  perSecond: 200,
  unansweredMax: 50,
  firstRetrySeconds: 1,
  retrySecondsMax: 60,
  giveUpSeconds: 3600,
};

/** Tells secondaries of zones that change (RFC 1996). Each address goes its own pace; none waits for another. */
export function startNotifier(options: {
  served: () => Served;
  to: readonly NotifyTo[];
  /** The address that we listen on, and secondaries know. */
  from: string;
  /** Epoch seconds. */
  now: () => number;
  onEvent: (event: NotifyEvent) => void;
  /** Absent: 200 messages a second, 50 unanswered; again after 1 s, at last every 60 s, for an hour. */
  pace?: Partial<NotifyPace>;
}): Notifier {
  const { served, to, from, now, onEvent } = options;
  const pace = { ...usualPace, ...options.pace };
  const zoneOf = (origin: string): Zone | undefined => {
    const zone = zoneOfOrigin(served().zones, origin);
    return zone === "not-ready" || zone?.signing ? undefined : zone; // nobody may fetch what is signed here
  };
  const targets = to.map((one) => new NotifyTarget(one, from, pace, zoneOf, now, onEvent));
  return {
    tell: (origins) => {
      const told = [...origins];
      for (const target of targets) target.tell(told);
    },
    state: () => targets.map((target) => target.state()),
    close: async () => {
      await Promise.all(targets.map((target) => target.close()));
    },
  };
}
