import type { AuditContext, AuditFinding } from "../../check.ts";
import type { DomainEvidence, ReliedOn } from "../../evidence/domain.ts";
import { takeoverRisk } from "../../takeover.ts";
import { postureCheck } from "./posture-check.ts";
import { tell } from "./tell.ts";

/** Names of others in SPF, DMARC, MTA-STS, TLS-RPT and BIMI whose domain nobody has registered (AUD-D-13). */
export const reliedNames = postureCheck({
  name: "relied-names",
  title: "Every name that the domain's mail records rely on is somebody's",
  codes: ["TakeoverRisk"],
  look: ({ posture }, context) => {
    const findings = new Map<string, AuditFinding>();
    for (const one of openRelied(posture, context)) {
      // A provider's name may stand in one record several times; whoever registers the domain gets them all.
      const key = `${one.role} ${one.registrableDomain ?? ""}`;
      if (!findings.has(key)) findings.set(key, findingOf(one));
    }
    return [...findings.values()];
  },
});

/** Those of the names that somebody else could register. */
export const openNames = (posture: DomainEvidence, context: AuditContext): ReadonlySet<string> =>
  new Set(openRelied(posture, context).map(({ name }) => name));

const openRelied = ({ relied }: DomainEvidence, context: AuditContext): ReliedOn[] =>
  relied.filter((one) => takeoverRisk(one, context.isProviderName) === "open");

const powers: Record<ReliedOn["role"], string> = {
  spf: "send mail as you that passes SPF and DMARC",
  dmarc: "decide your DMARC policy",
  rua: "read the reports on your mail",
  ruf: "read reports on single messages of yours",
  "mta-sts": "decide to which hosts your mail may be delivered",
  "tls-rpt": "read the reports on TLS to your servers",
  bimi: "put another logo beside your mail",
};

function findingOf({ role, name, owner, statement, registrableDomain = name }: ReliedOn): AuditFinding {
  return tell({
    code: "TakeoverRisk",
    severity: "critical",
    at: name,
    also: [
      [registrableDomain, "NS"],
      [owner, "TXT"],
    ],
    summary: `nobody has registered ${registrableDomain}: whoever does can ${powers[role]}`,
    evidence: [statement, `${registrableDomain} does not exist (NXDOMAIN)`],
    remedy: `take ${name} out of the record at ${owner} today, or register ${registrableDomain} yourself`,
  });
}
