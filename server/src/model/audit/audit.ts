import { type Severity, severities } from "../finding.ts";
import type { AuditContext, AuditFinding, CheckedOff } from "./check.ts";
import type { Exposed } from "../provider/exposure.ts";
import { checklist } from "./checklist/checklist.ts";
import type { StepState } from "./checklist/step.ts";
import { checks } from "./checks.ts";
import { domainChecks } from "./checks/domain/domain-checks.ts";
import { auditExposure } from "./exposure.ts";
import { commandsFor } from "./dig.ts";
import { discoveryVerdict } from "./discovery/verdict.ts";
import type { AuditEvidence, DiscoveryEvidence } from "./evidence.ts";
import { findingCodes } from "./finding-codes.ts";
import { explainDmarc } from "./posture/dmarc-explained.ts";
import { type PostureRow, postureRows } from "./posture/posture-rows.ts";
import { readinessOf, type Requirement } from "./readiness/readiness.ts";
import { type Score, scoreOf } from "./score.ts";
import { type SelectorSummary, selectorSummaries } from "./selector-summary.ts";

/** A finding with what it does to mail and the commands that show it. */
export type ReportedFinding = AuditFinding & { check: string; symptoms: string; commands: readonly string[] };

/** How far the search for selectors could see, also in a sentence. */
export type DiscoverySummary = { verdict: string } & Pick<DiscoveryEvidence, "domainkeyNode" | "namesTried">;

/** What an audit comes to. `findings`: the worst first. */
export type Audit = {
  domain: string;
  /** Epoch seconds. */
  at: number;
  selectors: readonly SelectorSummary[];
  discovery: DiscoverySummary;
  findings: readonly ReportedFinding[];
  checks: readonly CheckedOff[];
  checklist: readonly StepState[];
  /** What gives the providers behind the domain away. */
  exposure: readonly Exposed[];
  /** The records around DKIM, one line for each, and the DMARC policy in plain words; empty where nobody looked. */
  posture: readonly PostureRow[];
  dmarcExplained: readonly string[];
  /** What Gmail, Yahoo and Microsoft ask of senders. */
  readiness: readonly Requirement[];
  score: Score;
};

/** Judges all evidence. The same fault found by two checks is told once. */
export function audit(evidence: AuditEvidence, context: AuditContext): Audit {
  const findings: ReportedFinding[] = [];
  const told = new Set<string>();
  const checkedOff: CheckedOff[] = [];
  for (const check of checks) {
    const outcome = check.look(evidence, context);
    const { name, title } = check;
    checkedOff.push({ name, title, state: outcome.state, ...("needed" in outcome && { needed: outcome.needed }) });
    if (!("findings" in outcome)) continue;
    for (const finding of outcome.findings) {
      const key = `${finding.code} ${finding.subject} ${finding.summary}`;
      if (told.has(key)) continue;
      told.add(key);
      const { symptoms } = findingCodes[finding.code];
      findings.push({ ...finding, check: name, symptoms, commands: finding.commands ?? commandsFor(finding) });
    }
  }
  findings.sort((one, other) => rank(one.severity) - rank(other.severity));
  const selectors = selectorSummaries(evidence, context);
  return {
    domain: evidence.domain,
    at: evidence.at,
    selectors,
    discovery: {
      verdict: discoveryVerdict(evidence),
      domainkeyNode: evidence.discovery.domainkeyNode,
      namesTried: evidence.discovery.namesTried,
    },
    findings,
    checks: checkedOff,
    // Its steps are about keys: what is wrong with other records of the domain fails none of them.
    checklist: checklist(
      evidence,
      findings.filter(({ check }) => !domainCheckNames.has(check)),
      context,
    ),
    exposure: auditExposure(evidence, context),
    posture: postureRows(evidence),
    dmarcExplained: evidence.posture?.shown.dmarc === true ? explainDmarc(evidence.domain, evidence.posture.dmarc) : [],
    readiness: readinessOf(evidence, selectors),
    score: scoreOf(checkedOff, findings),
  };
}

const domainCheckNames: ReadonlySet<string> = new Set(domainChecks.map(({ name }) => name));
const rank = (severity: Severity): number => severities.indexOf(severity);
