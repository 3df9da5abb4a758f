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
  FieldsUnsigned: {
    severity: ["medium", "low"],
    meaning:
      "a signature that passes leaves fields unsigned that readers go by (medium), or those that say whom it is between (low)",
    symptoms: "None: whoever passes the message on can change these fields, and it still passes.",
  },
  BodyLengthUsed: {
    severity: "medium",
    meaning: "a signature with `l=`, which covers the beginning of the body alone",
    symptoms: "None: anybody can add to the message, and some receivers refuse such signatures.",
  },
  Sha1Used: {
    severity: "medium",
    meaning: "a signature with SHA-1 (`a=rsa-sha1`)",
    symptoms: "Receivers treat the mail as if it were unsigned.",
  },
  SignatureExpired: {
    severity: "medium",
    meaning: "a signature had expired (`x=`) when its message was received",
    symptoms: "Mail that waited in a queue fails DKIM.",
  },
  OneClickMissing: {
    severity: "low",
    meaning: "bulk mail that cannot be unsubscribed from with one click (RFC 8058)",
    symptoms: "Gmail and Yahoo put more of it into spam, and people complain instead of unsubscribing.",
  },
  OneClickUnsigned: {
    severity: "medium",
    meaning: "bulk mail whose offer to unsubscribe is not signed",
    symptoms: "Receivers do not show the offer.",
  },
  ManySendersOneDomain: {
    severity: "low",
    meaning: "more than three services sign as the one domain",
    symptoms: "What one of them does to the domain's reputation, it does to the mail of all.",
  },
  ThirdPartyOnMainDomain: {
    severity: "low",
    meaning: "a third party sends bulk mail From the organizational domain itself",
    symptoms: "Complaints about campaigns put the mail of people into spam.",
  },
} satisfies Record<string, CodeRow>;
