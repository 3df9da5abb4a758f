import type { CodeRow } from "./code-row.ts";

/** What mail and reports can show. */
export const mailCodes = {
  NotAligned: {
    severity: "high",
    meaning: "mail From the domain has no aligned signature that passes",
    symptoms: "DMARC passes through SPF alone, or fails: forwarded mail is quarantined or refused.",
  },
  SpfOnlyAlignment: {
    severity: "medium",
    meaning: "DMARC passes through SPF alone",
    symptoms: "Mail fails DMARC as soon as somebody forwards it.",
  },
  SelectorNotSigning: {
    severity: "low",
    meaning: "the key is live, mail or reports are at hand, and none is signed by it",
    symptoms: "The record looks right and the mail goes out without this signature.",
  },
  StaleSelector: {
    severity: "low",
    meaning: "a selector was not seen in mail for the set time",
    symptoms: "None: a key that nobody uses is one more that can be stolen.",
  },
} satisfies Record<string, CodeRow>;
