import type { CodeRow } from "./code-row.ts";

/** What differs from earlier looks. */
export const driftCodes = {
  KeyChanged: {
    severity: ["medium", "low"],
    meaning:
      "a selector has another key than before (low: behind an alias), and its provider is not known to rotate so",
    symptoms: "Mail signed with the old key and still on its way fails; or somebody else holds the new key.",
  },
  ChainChanged: {
    severity: "low",
    meaning: "the chain of a selector gained or lost an alias, or leads elsewhere than before",
    symptoms: "None where it was meant; else whoever runs the new target signs as you.",
  },
  SelectorReused: {
    severity: "low",
    meaning: "a selector has another key after it had been given up, or for another provider (RFC 6376 §3.1)",
    symptoms: "Old mail that verified fails, and cannot be told from a forgery.",
  },
} satisfies Record<string, CodeRow>;
