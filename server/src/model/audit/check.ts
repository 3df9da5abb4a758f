import type { LintOptions } from "chancery/dkim";
import type { Finding } from "../finding.ts";
import type { Catalogue } from "../provider/catalogue.ts";
import type { AuditEvidence } from "./evidence.ts";
import type { FindingCode } from "./finding-codes.ts";

/** What the checks know beside the evidence. */
export type AuditContext = {
  policy: AuditPolicy;
  /** A list of broken keys; absent: what can be computed is found. */
  isKnownWeak?: LintOptions["isKnownWeak"];
  /** What is known of providers; absent: nothing, and no judgement rests on whose a name is. */
  catalogue?: Catalogue;
  /** Whether a name belongs to a known provider, at any label; absent: none is known. */
  isProviderName?: (name: string) => boolean;
};

/** From when on something counts as old, seconds. */
export type AuditPolicy = {
  /** A selector not seen in mail or reports for so long is stale. */
  staleAfterSeconds: number;
  /** A key unchanged for so long is old. */
  keyOldAfterSeconds: number;
};

const daySeconds = 86_400;
export const defaultAuditPolicy: AuditPolicy = {
  staleAfterSeconds: 90 * daySeconds,
  keyOldAfterSeconds: 365 * daySeconds,
};

/** A finding of the auditor. `commands`: what reproduces the evidence; absent: look the subject up. */
export type AuditFinding = Finding & { code: FindingCode; commands?: readonly string[] };

/**
 * What came of a check. `passed` with findings: with something to know that is no fault (info). `undetermined`: DNS gave no answer that says anything; `needs evidence`: nobody gathered what it
 * takes, `needed` says what that is; `does not apply`: there is nothing here that it could be about.
 */
export type CheckOutcome =
  | { state: "passed" }
  | { state: "passed"; findings: readonly AuditFinding[] }
  | { state: "failed"; findings: readonly AuditFinding[] }
  | { state: "undetermined"; findings: readonly AuditFinding[] }
  | { state: "needs evidence"; needed: string }
  | { state: "does not apply" };

/** A small pure function that judges one thing. */
export type Check = {
  /** Lower case with hyphens; stable, since reports name it. */
  name: string;
  /** What holds when it passes, one short sentence: "Every alias leads to a key". */
  title: string;
  /** Every code it can give. */
  codes: readonly FindingCode[];
  look: (evidence: AuditEvidence, context: AuditContext) => CheckOutcome;
};

/** The outcome that findings come to: none, or what is only good to know, passes; what could not be determined alone fails nothing. */
export function outcomeOf(findings: readonly AuditFinding[]): CheckOutcome {
  if (findings.some(({ code, severity }) => code !== "Undetermined" && severity !== "info"))
    return { state: "failed", findings };
  if (findings.some(({ code }) => code === "Undetermined")) return { state: "undetermined", findings };
  return findings.length === 0 ? { state: "passed" } : { state: "passed", findings };
}

export const needsEvidence = (needed: string): CheckOutcome => ({ state: "needs evidence", needed });
export const doesNotApply: CheckOutcome = { state: "does not apply" };

/** One check and what came of it. */
export type CheckedOff = { name: string; title: string; state: CheckOutcome["state"]; needed?: string };
