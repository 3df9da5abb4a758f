import type { Generated } from "kysely";
import type { ReportKind } from "../../model/key/use-elsewhere.ts";

/** A report, or a message that somebody received: once a tenant, however often it comes. */
export type ReportTable = {
  seq: Generated<number>;
  tenantId: string;
  /** What tells it apart from every other. */
  identity: string;
  kind: ReportKind;
  /** Who reports, in its own words. */
  organization: string;
  reportId: string;
  /** Whose mail it is about, as it says; empty: it does not say. */
  domain: string;
  /** What it covers; null: it does not say. */
  beginAt: number | null;
  endAt: number | null;
  messages: number;
  takenAt: number;
};

/** What one report saw of one selector. An empty selector: signatures whose selector it leaves out. */
export type ReportUseTable = {
  tenantId: string;
  signingDomain: string;
  selector: string;
  reportSeq: number;
  /** Messages whose signature verified, and others that name the selector, which anybody can write. */
  passed: number;
  failed: number;
  /** JSON: from which addresses those that verified came, the most frequent ones. */
  sources: string;
};
