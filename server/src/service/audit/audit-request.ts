import type { Lookup } from "../../engine/resolver/resolution.ts";
import type { AuditContext } from "../../model/audit/check.ts";
import type { AuditEvidence, SelectorSource } from "../../model/audit/evidence.ts";
import type { Expectations } from "../../model/audit/expectations.ts";
import type { HistoryEvidence } from "../../model/audit/evidence/history.ts";
import type { SigningConfig } from "../../model/provider/microsoft365/signing-config.ts";
import type { DnssecSource } from "./dnssec.ts";
import type { Vantage, ZoneFileSeen } from "./delegation/delegation-evidence.ts";
import type { DnsList } from "./posture/listings.ts";

/** What an audit is made with. */
export type AuditRequest = {
  /** Lower case, in A-labels, without a final dot. */
  domain: string;
  /** Epoch seconds. */
  now: number;
  lookup: Lookup;
  /** Where `lookup` has its answers from. */
  dns: AuditEvidence["dns"];
  /** Every name that the source of DNS holds, where it can tell (a file can). */
  namesInZone?: readonly string[];
  /** How DNSSEC is validated; absent: it is not. */
  dnssec?: DnssecSource;
  /** Where it is a zone file: what it hides. */
  zone?: ZoneFileSeen;
  /** Whom to ask beside `lookup`; absent: nobody. */
  vantage?: Vantage | undefined;
  /** DNS lists to ask; absent: none. */
  blocklists?: readonly DnsList[];
  expectations: Expectations;
  /** Selectors by what else names them: earlier looks, an inventory. Absent: nothing does. */
  named?: Partial<Record<SelectorSource, readonly string[]>>;
  /** What earlier looks saw; absent: nobody kept it. */
  history?: HistoryEvidence;
  /** What Microsoft 365 says of the tenant's domains; absent: nobody asked it. */
  microsoft365?: readonly SigningConfig[];
  /** Messages, mboxes and Maildirs as receivers have them. Absent or empty: mail is no part of the evidence. */
  mailFiles?: readonly string[];
  /** Aggregate reports as they came. Absent or empty: reports are no part of the evidence. */
  reportFiles?: readonly string[];
  context: AuditContext;
};
