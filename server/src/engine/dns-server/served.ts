import type { ZoneDelta, ZoneSet } from "chancery/dns";

/** What a name server serves at one moment. Never changes. */
export type Served = {
  readonly zones: ZoneSet;
  /** The changes that led to the version served, oldest first, each from where the one before ended. As many as are kept. */
  history(origin: string): readonly ZoneDelta[];
};
