import type { Check } from "../../check.ts";
import { bimi } from "./bimi.ts";
import { blocklists } from "./blocklists.ts";
import { dmarcEnforced } from "./dmarc-enforced.ts";
import { dmarcRecord } from "./dmarc-record.ts";
import { dmarcReports } from "./dmarc-reports.ts";
import { dmarcSubdomains } from "./dmarc-subdomains.ts";
import { dmarcTags } from "./dmarc-tags.ts";
import { dmarcWalk } from "./dmarc-walk.ts";
import { dmarcWithoutDkim } from "./dmarc-without-dkim.ts";
import { domainAnswers } from "./domain-answers.ts";
import { domainExists } from "./domain-exists.ts";
import { mailExchangers } from "./mail-exchangers.ts";
import { mtaSts } from "./mta-sts.ts";
import { parked } from "./parked.ts";
import { reliedNames } from "./relied-names.ts";
import { reverseDns } from "./reverse-dns.ts";
import { spfEvaluation } from "./spf-evaluation.ts";
import { spfReach } from "./spf-reach.ts";
import { spfRecord } from "./spf-record.ts";
import { tlsRpt } from "./tls-rpt.ts";

/** The records around DKIM. What is not set up and need not be (MTA-STS, TLS-RPT, BIMI) is no fault. */
export const domainChecks: readonly Check[] = [
  domainExists,
  dmarcRecord,
  dmarcEnforced,
  dmarcReports,
  dmarcSubdomains,
  dmarcTags,
  dmarcWithoutDkim,
  dmarcWalk,
  spfRecord,
  spfEvaluation,
  spfReach,
  mailExchangers,
  reverseDns,
  parked,
  mtaSts,
  tlsRpt,
  bimi,
  blocklists,
  reliedNames,
  domainAnswers,
];
