import type { CodeRow } from "./code-row.ts";

/** What the records around DKIM can show. */
export const domainCodes = {
  DomainMissing: {
    severity: "medium",
    meaning: "the audited domain does not exist in DNS",
    symptoms: "Receivers refuse mail from a domain that does not exist.",
  },
  DmarcMissing: {
    severity: "medium",
    meaning: "no DMARC record applies to the domain",
    symptoms: "Anybody can put the domain into From; Gmail, Yahoo and Microsoft refuse bulk mail without DMARC.",
  },
  DmarcMultiple: {
    severity: "medium",
    meaning: "several DMARC records at one name",
    symptoms: "Receivers discard all of them: the domain has no DMARC.",
  },
  DmarcMalformed: {
    severity: ["medium", "low"],
    meaning: "a text meant as a DMARC record is none (medium), or a tag of it cannot be read (low)",
    symptoms: "Receivers ignore the record, or the tag, as if it were not there.",
  },
  DmarcMisplaced: {
    severity: "medium",
    meaning: "no DMARC record at the right name, but one at a usual wrong one",
    symptoms: "Receivers do not find the record: the domain has no DMARC.",
  },
  DmarcNotEnforcing: {
    severity: "low",
    meaning: "the policy that applies asks for nothing (`p=none`, or a test)",
    symptoms: "Forged mail is delivered as if there were no policy.",
  },
  DmarcWithoutReports: {
    severity: "low",
    meaning: "the DMARC record names no address for aggregate reports",
    symptoms: "You never learn who sends as you, nor which of your own mail fails.",
  },
  DmarcSubdomainWeaker: {
    severity: "medium",
    meaning: "`sp=` or `np=` asks for less than `p=`",
    symptoms: "Forgers write from subdomains instead, made up ones included.",
  },
  DmarcObsoleteTag: {
    severity: "low",
    meaning: "the DMARC record has a tag that the standard took away (`pct`, `rf`, `ri`)",
    symptoms: "Some receivers still go by it and others do not: the same mail is treated in two ways.",
  },
  DmarcWildcard: {
    severity: "low",
    meaning: "a wildcard gives a DMARC record to names that nobody made up",
    symptoms: "Subdomains get another policy than `sp=` says.",
  },
  DmarcRejectWithoutDkim: {
    severity: "medium",
    meaning: "`p=reject` on a domain that sends and has no key: it relies on SPF alone",
    symptoms: "Your own mail is refused as soon as somebody forwards it.",
  },
  ReportsUnauthorised: {
    severity: "medium",
    meaning: "DMARC reports go to another organization, which does not say that it wants them",
    symptoms: "Reporters send nothing there.",
  },
  PolicyWalkDiffers: {
    severity: "low",
    meaning: "RFC 9989 and the public suffix list of RFC 7489 lead to different records or organizations",
    symptoms: "Receivers of the new and of the old standard treat the same mail in different ways.",
  },
  SpfMissing: {
    severity: "low",
    meaning: "the domain has no SPF record",
    symptoms: "Large receivers ask bulk senders for SPF; mail with this domain in MAIL FROM has none.",
  },
  SpfMultiple: {
    severity: "medium",
    meaning: "several SPF records at one name",
    symptoms: "Receivers give up: SPF permerror.",
  },
  SpfMalformed: {
    severity: "medium",
    meaning: "the SPF record has a syntax error",
    symptoms: "Receivers give up, wherever the error is: SPF permerror.",
  },
  SpfIncludeBroken: {
    severity: "medium",
    meaning: "an SPF record includes, or redirects to, a name without a sound SPF record",
    symptoms: "Receivers that get so far give up: SPF permerror.",
  },
  SpfTooManyLookups: {
    severity: "medium",
    meaning: "the SPF record asks for more look-ups than receivers make",
    symptoms: "Receivers give up: SPF permerror, for some of your senders or for all.",
  },
  SpfPassesAll: {
    severity: "medium",
    meaning: "the SPF record passes every address",
    symptoms: "Anybody can send mail as you that passes SPF and DMARC.",
  },
  SpfOpenEnded: {
    severity: "low",
    meaning: "the SPF record says nothing of addresses that it does not list",
    symptoms: "Mail from elsewhere is neutral: the record stops nobody.",
  },
  SpfUsesPtr: {
    severity: "low",
    meaning: "the SPF record uses `ptr`, which is not to be used",
    symptoms: "Some receivers skip it, and mail that only `ptr` allows fails there.",
  },
  MxUnresolvable: {
    severity: "medium",
    meaning: "a mail exchanger has no address",
    symptoms: "Replies and bounces come late or not at all.",
  },
  MxIsAlias: {
    severity: "low",
    meaning: "a mail exchanger is an alias, which the standard forbids",
    symptoms: "Some senders do not deliver to it.",
  },
  NullMxMixed: {
    severity: "low",
    meaning:
      "a null MX stands beside other exchangers, or the domain sends although a null MX says that it takes no mail",
    symptoms: "Receivers refuse mail from a domain that cannot be answered.",
  },
  ReverseDnsMissing: {
    severity: "medium",
    meaning: "an address that mail comes from has no reverse name that leads back to it",
    symptoms: "Gmail and others defer or refuse mail from the address.",
  },
  MtaStsMalformed: {
    severity: "low",
    meaning: "the MTA-STS record cannot be read, or there are several",
    symptoms: "Senders go on as if there were no policy: TLS to you can be stripped.",
  },
  MtaStsPolicyBroken: {
    severity: "low",
    meaning: "the MTA-STS record is there, and senders get no sound policy file",
    symptoms: "Senders go on as if there were no policy, or by an old copy of it.",
  },
  MtaStsMxMismatch: {
    severity: ["medium", "low"],
    meaning: "the MTA-STS policy does not name an exchanger of the domain (low where the policy only tests)",
    symptoms: "Senders that keep to MTA-STS do not deliver to that exchanger.",
  },
  TlsRptMalformed: {
    severity: "low",
    meaning: "the TLS-RPT record cannot be read, or there are several",
    symptoms: "No reports on failed TLS come.",
  },
  BimiMalformed: {
    severity: "low",
    meaning: "the BIMI record cannot be read, or there are several",
    symptoms: "No receiver shows the logo.",
  },
  BimiWithoutEnforcement: {
    severity: "low",
    meaning: "a BIMI logo, and a DMARC policy that does not enforce",
    symptoms: "No receiver shows the logo.",
  },
  ListedOnBlocklist: {
    severity: "medium",
    meaning: "a DNS list that you named lists the domain or one of its addresses",
    symptoms: "Receivers that use the list refuse the mail or put it into spam.",
  },
  ParkedUnprotected: {
    severity: "medium",
    meaning: "a domain that sends no mail, and does not say so",
    symptoms: "Anybody can send mail as the domain.",
  },
} satisfies Record<string, CodeRow>;
