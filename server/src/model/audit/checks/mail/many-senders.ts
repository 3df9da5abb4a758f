import { type AuditFinding, type Check, doesNotApply, needsEvidence, outcomeOf } from "../../check.ts";
import type { AuditEvidence, SelectorEvidence } from "../../evidence.ts";
import { hasMailToGoBy, seenAnywhere } from "../../seen-anywhere.ts";
import { publisherOf } from "./live-selectors.ts";

/** Mail of people, mail of programs, campaigns: from the fourth service on nobody knows any more who sends what. */
const sendersMax = 3;

/** Selectors that signed, by who publishes their keys: as many services can send as the domain, and do. */
export const manySenders: Check = {
  name: "many-senders",
  title: "Few services send as one domain",
  codes: ["ManySendersOneDomain"],
  look: (evidence) => {
    if (evidence.mail === undefined && evidence.reports === undefined)
      return needsEvidence("messages (--mail FILE) or aggregate reports (--report FILE)");
    if (!hasMailToGoBy(evidence)) return doesNotApply;
    const services = servicesOf(evidence);
    if (services.size <= sendersMax) return outcomeOf([]);
    const finding: AuditFinding = {
      code: "ManySendersOneDomain",
      severity: "low",
      subject: evidence.domain,
      summary: `${services.size} services sign as ${evidence.domain}: what one of them does to its reputation, it does to all`,
      evidence: [...services].map(([publisher, selectors]) => `${publisher}: ${selectors.join(", ")}`),
      remedy: "give each kind of mail a subdomain of its own, campaigns first",
      commands: [],
    };
    return outcomeOf([finding]);
  },
};

function servicesOf(evidence: AuditEvidence): Map<string, string[]> {
  const services = new Map<string, string[]>();
  const passed = ({ keyName }: SelectorEvidence): boolean => (seenAnywhere(evidence, keyName)?.passed ?? 0) > 0;
  for (const one of evidence.selectors.filter(passed)) {
    const publisher = publisherOf(one) ?? evidence.domain;
    services.set(publisher, [...(services.get(publisher) ?? []), one.selector]);
  }
  return services;
}
