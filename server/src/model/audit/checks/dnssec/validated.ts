import { type DnssecState, isAtOrBelow } from "chancery/dns";
import { type AuditFinding, type Check, doesNotApply, needsEvidence, outcomeOf } from "../../check.ts";
import type { DnssecEvidence, ValidatedStep } from "../../evidence/dnssec.ts";
import type { AuditEvidence } from "../../evidence.ts";

export type Validated = Extract<DnssecEvidence, { state: "validated" }>;

/** A check on what validation came to. Where nothing was validated, it says what it takes. */
export const onValidated =
  (judge: (validated: Validated, evidence: AuditEvidence) => AuditFinding[] | undefined): Check["look"] =>
  (evidence) => {
    const { dnssec, dns } = evidence;
    if (dnssec === undefined)
      return needsEvidence(
        dns === "file"
          ? "DNSSEC records from the root down (ask the network: leave --dns out)"
          : "the keys of the private root that is asked (resolver.trust_anchors)",
      );
    if (dnssec.state === "unreachable")
      return needsEvidence("DNSSEC records from the root down, and the servers of the root are not reached from here");
    const findings = judge(dnssec, evidence);
    return findings === undefined ? doesNotApply : outcomeOf(findings);
  };

/** Every step of every chain once, with the key names that come by it. */
export function stepsOf({ chains }: Validated): (ValidatedStep & { keyNames: string[] })[] {
  const steps = new Map<string, ValidatedStep & { keyNames: string[] }>();
  for (const { keyName, steps: own } of chains) {
    for (const step of own) {
      const key = JSON.stringify([step.name, step.dnssec]);
      const known = steps.get(key) ?? { ...step, keyNames: [] };
      if (!known.keyNames.includes(keyName)) known.keyNames.push(keyName);
      steps.set(key, known);
    }
  }
  return [...steps.values()];
}

/** Whether the parent's DS record is what fails, and not the zone's signatures. */
export const isDsFault = (state: DnssecState): boolean =>
  state.state === "bogus" && (state.reason === "ds-without-key" || state.reason === "dnskey-missing");

/** What to do about a zone, in the words of the owner of `domain`. */
export const remedyFor = (apex: string, domain: string, remedy: string): string =>
  isAtOrBelow(apex, domain) || isAtOrBelow(domain, apex) ? remedy : `ask whoever runs ${apex}: ${remedy}`;
