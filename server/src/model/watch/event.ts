import type { Severity } from "../finding.ts";

/** Something that changed between two looks, told once. `subject`: a DNS name. */
export type WatchEvent =
  | { kind: "finding-opened"; subject: string; code: string; severity: Severity; summary: string }
  | { kind: "finding-closed"; subject: string; code: string; severity: Severity; summary: string }
  /** `before` and `after`: fingerprints; null where no sound key stands. `seenSince`: since when the key before was there. */
  | { kind: "key-changed"; subject: string; before: string | null; after: string | null; seenSince: number }
  /** The targets of the aliases, in order, and which of them are new or gone. */
  | {
      kind: "chain-changed";
      subject: string;
      before: readonly string[];
      after: readonly string[];
      gained: readonly string[];
      lost: readonly string[];
    }
  /** `before`: whether an earlier look was told that it is not there; else it may just not have been looked for. */
  | { kind: "selector-appeared"; subject: string; before: "absent" | "not looked for" }
  | { kind: "selector-gone"; subject: string };

export const eventKinds = [
  "finding-opened",
  "finding-closed",
  "key-changed",
  "chain-changed",
  "selector-appeared",
  "selector-gone",
] as const satisfies readonly WatchEvent["kind"][];
