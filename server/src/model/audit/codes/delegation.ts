import type { CodeRow } from "./code-row.ts";

/** What name servers and vantage points can show. */
export const delegationCodes = {
  LameDelegation: {
    severity: "high",
    meaning: "a listed name server does not answer with authority",
    symptoms: "Look-ups are slow, and fail when the other servers are not reached.",
  },
  ParentMismatch: {
    severity: "medium",
    meaning: "the parent and the zone itself list different name servers",
    symptoms: "Some receivers see old records, depending on which server they ask.",
  },
  ResolversDisagree: {
    severity: "medium",
    meaning: "vantage points see different answers beyond what TTLs explain",
    symptoms: "Mail passes at some receivers and fails at others.",
  },
} satisfies Record<string, CodeRow>;
