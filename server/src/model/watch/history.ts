import type { SelectorSource } from "../audit/evidence.ts";
import type { Severity } from "../finding.ts";

/*
 * What is remembered of a watched domain between two looks. Times are epoch seconds and never go back, whatever the clock does.
 */

export type WatchHistory = {
  /** The number of the look that was added last; 0 before the first. Numbers only rise, which makes a look that is added twice count once. */
  look: number;
  /** When the last look was that stood apart from the one before it (`looksApartSeconds`), by the clock of that moment. */
  apartAt: number;
  findings: readonly TrackedFinding[];
  selectors: readonly TrackedSelector[];
  /** By name and in order of `turn`; the last of a name is what stands there now, as far as is known. */
  observations: readonly Observation[];
};

export const nothingRemembered: WatchHistory = { look: 0, apartAt: 0, findings: [], selectors: [], observations: [] };

/**
 * What was seen at a key name, from the first to the last look that saw exactly this. A row is never changed but for how
 * far it lasts; something else is a row of its own. An unknown answer is no observation.
 */
export type Observation = {
  name: string;
  /** The first thing that was seen at this name is 1, and so on. */
  turn: number;
  outcome: "present" | "absent";
  /** The aliases in the order in which they were followed. */
  aliases: readonly { name: string; target: string }[];
  /** What the texts at the end of the aliases say, sorted: their order means nothing. */
  texts: readonly string[];
  /** SHA-256 of the SubjectPublicKeyInfo, hexadecimal; null where no sound key stands there. */
  fingerprint: string | null;
  firstSeenAt: number;
  lastSeenAt: number;
  /** So many looks saw it. */
  looks: number;
};

/** A selector of the inventory: who could sign, since when. */
export type TrackedSelector = {
  selector: string;
  keyName: string;
  sources: readonly SelectorSource[];
  /** `absent` only after two looks in a row that were told so: a missing answer is no absence. */
  state: "present" | "absent";
  /** When the state began. */
  since: number;
  /** Null: it was never there. */
  firstSeenAt: number | null;
  lastSeenAt: number | null;
  /** The last look that got an answer. */
  lookedAt: number;
  /** So many looks in a row were told that nothing is there. */
  absentLooks: number;
  /** How it stands in the domain's own zone; null where it never did. */
  publishedAs: "alias" | "text" | null;
  /** Who holds the private key, as far as the chain tells: an identifier of the provider catalogue. */
  provider: string | null;
  keyType: string | null;
  bits: number | null;
  fingerprint: string | null;
};

/**
 * A finding over time. `suspected`: seen once, and not told before a second look has seen it; `open`; `closed`: two looks in
 * a row found it gone. One that comes back is the same finding, opened once more.
 */
export type TrackedFinding = {
  code: string;
  subject: string;
  severity: Severity;
  state: "suspected" | "open" | "closed";
  /** The check that gives it. */
  check: string;
  /** What was said of it last. */
  told: FindingWords;
  firstSeenAt: number;
  lastSeenAt: number;
  /** When it opened last; null where it never did. */
  openedAt: number | null;
  /** When it closed last; null while it is open for the first time. */
  closedAt: number | null;
  openings: number;
  /** So many looks in a row did not find it, though they could have. */
  cleanLooks: number;
};

export type FindingWords = {
  summary: string;
  evidence: readonly string[];
  remedy: string;
  symptoms: string;
  commands: readonly string[];
};
