import type { Database } from "../../engine/database/schema.ts";
import type { Audit } from "../../model/audit/audit.ts";
import type { AuditEvidence } from "../../model/audit/evidence.ts";
import type { HistoryEvidence } from "../../model/audit/evidence/history.ts";
import type { NameObservation } from "../../model/rotation/chain-observation.ts";
import type { WatchBudget } from "../../model/watch/may-look.ts";

/** What the outside may change while the platform runs. */
export type WatchSettings = {
  /** How often a domain is looked at that says nothing of its own. */
  intervalSeconds: number;
  /** Of each tenant, for one day. */
  budget: WatchBudget;
};

/** One audit of a watched domain. */
export type WatchedAudit = {
  domain: string;
  now: number;
  /** Selectors that the owner says have to be there. */
  expected: readonly string[];
  /** Selectors that earlier looks knew of. */
  remembered: readonly string[];
  history: HistoryEvidence;
};

/** `score`: absent where none was made. `queries`: what was asked of name servers for it. */
export type WatchedAuditResult = { evidence: AuditEvidence; audit: Audit; score?: number; queries: number };

/** The world of a worker, given by the process that runs it. */
export type WatchDeps = {
  db: Database;
  /** Read anew for every batch. */
  settings: () => Promise<WatchSettings>;
  /** The auditor. Rejects only where it is broken: silence of name servers is evidence. */
  audit: (request: WatchedAudit) => Promise<WatchedAuditResult>;
  /** TXT of a name as all its authoritative servers say it. Never rejects. */
  observe: (name: string) => Promise<NameObservation>;
  /** Wall clock, epoch seconds. */
  now: () => number;
  /** Names this worker in leases: unique among all that run. */
  owner: string;
};
