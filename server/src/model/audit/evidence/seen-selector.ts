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
  /** How many of the messages pass DMARC, be it by SPF: anybody can name a selector in mail that passes nothing. */
  authenticated: number;
};

/** The selectors of a domain that its own mail is signed with, as far as can be told: what strangers made up is none. */
export const selectorsInUse = (seen: readonly SeenSelector[], domain: string): SeenSelector[] =>
  seen.filter(({ signingDomain, passed, authenticated }) => signingDomain === domain && passed + authenticated > 0);
