import type { CodeRow } from "./code-row.ts";

/** What validating from the root down shows. */
export const dnssecCodes = {
  DnssecBogus: {
    severity: "medium",
    meaning: "DNSSEC signatures on the way do not hold",
    symptoms:
      "Receivers whose resolver validates get SERVFAIL: they defer the mail, or treat it as unsigned. Others see nothing.",
  },
  DsWithoutKey: {
    severity: "medium",
    meaning: "the parent has a DS record, and no key of the zone, or of one of its servers, is the one it names",
    symptoms: "Receivers whose resolver validates find nothing in the zone: no key, no SPF, no DMARC, no MX.",
  },
  DnssecIgnored: {
    severity: "low",
    meaning: "a zone is signed in a way that validators do not check (SHA-1, too many NSEC3 iterations)",
    symptoms: "None: the zone is treated as if it were not signed, and its records can be forged.",
  },
  DelegationUnsigned: {
    severity: "info",
    meaning: "`_domainkey` is delegated from a signed domain to a zone without DS record",
    symptoms: "None: keys below can be forged on the way, as those of any domain that is not signed.",
  },
  CdsInconsistent: {
    severity: "low",
    meaning:
      "the CDS or CDNSKEY records differ from server to server, from each other, or name a key that the zone does not have",
    symptoms: "None: the parent does not take over a change of keys until they agree.",
  },
  DsChangePending: {
    severity: "info",
    meaning: "the CDS records ask the parent for other DS records than it has",
    symptoms: "None: a change of keys is on its way, or the parent does not look for them.",
  },
  EmptyNameDenied: {
    severity: "medium",
    meaning: "`_domainkey` is said not to exist (NXDOMAIN) although there are selectors below it",
    symptoms: "Receivers whose resolver asks label by label (RFC 9156) find no key: DKIM permerror.",
  },
} satisfies Record<string, CodeRow>;
