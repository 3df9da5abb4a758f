import type { Unread } from "./mail.ts";
import type { SeenSelector } from "./seen-selector.ts";

/** What aggregate reports at hand show of mail From the domain audited and from below it. Reports are what reporters claim. */
export type ReportEvidence = {
  /** Each report once, in the order in which they were given. */
  reports: readonly SeenReport[];
  /** Reports that were given again. */
  duplicates: number;
  /** When the first reported day begins and the last ends, epoch seconds; undefined where no report says. */
  begin: number | undefined;
  end: number | undefined;
  /** Messages that count below, and those From other domains. */
  messages: number;
  otherMessages: number;
  authorDomains: readonly ReportedAuthor[];
  /** Every kind of signature, by author domain; the most frequent first. */
  signatures: readonly ReportedSignature[];
  /** By address; the most frequent first. */
  sources: readonly ReportedSource[];
  selectors: readonly SeenSelector[];
  unread: readonly Unread[];
};

export type SeenReport = {
  file: string;
  organization: string;
  reportId: string;
  domain: string | undefined;
  begin: number | undefined;
  end: number | undefined;
  messages: number;
  /** Whether the mail that carried it passes DMARC; `none`: it came without one. */
  carrier: "none" | "authenticated" | "unproven";
  /** What is not as it should be in it, and how often. */
  remarks: Readonly<Record<string, number>>;
};

/** Messages of one author domain by what DMARC counted, and what it came to. */
export type ReportedAuthor = { domain: string } & ReportedCounts;

/** Counts of messages. `byDkim`: with an aligned signature that passes, whatever SPF says. */
export type ReportedCounts = { messages: number; byDkim: number; bySpfAlone: number; neither: number };

export type ReportedSignature = {
  authorDomain: string;
  signingDomain: string;
  /** Undefined: the reporter leaves it out. */
  selector: string | undefined;
  /** A word of RFC 8601 §2.7.1; undefined: none that is known. */
  result: string | undefined;
  aligned: "yes" | "no" | "unknown";
  messages: number;
};

export type ReportedSource = { ip: string; authorDomain: string; signingDomains: readonly string[] } & ReportedCounts;
