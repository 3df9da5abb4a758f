/** A selector that signatures name, as mail or reports show it: evidence that it is, or was, in use. */
export type SeenSelector = {
  /** `d=`, in the form of `parseDomain`. */
  signingDomain: string;
  selector: string;
  /** Epoch seconds; undefined where nothing at hand has a date. */
  firstSeen: number | undefined;
  lastSeen: number | undefined;
  /** How many messages carry a signature that names it, and how many of them pass. */
  messages: number;
  passed: number;
};
