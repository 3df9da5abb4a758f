import { type AuditFinding, type Check, doesNotApply, needsEvidence, outcomeOf } from "../../check.ts";
import type { AuditEvidence } from "../../evidence.ts";
import type { SeenMessage } from "../../mail-evidence.ts";
import { counted, messageLines, signatureLine } from "./mail-lines.ts";
import { isWithoutAlignedPass, passesBySpf } from "./unaligned-mail.ts";

const sourcesShownMax = 5;

/** SPF ends where mail is forwarded; who rests on it alone fails DMARC there. */
export const spfOnly: Check = {
  name: "spf-only",
  title: "DMARC passes by an aligned signature, not by SPF alone",
  codes: ["SpfOnlyAlignment"],
  look: (evidence) => {
    const { mail, reports } = evidence;
    if (mail === undefined && reports === undefined)
      return needsEvidence("messages (--mail FILE) or aggregate reports (--report FILE)");
    if ((mail?.messages.length ?? 0) === 0 && (reports?.messages ?? 0) === 0) return doesNotApply;
    const domains = new Set([...inMail(evidence).keys(), ...inReports(evidence).keys()]);
    return outcomeOf([...domains].map((domain) => findingOf(domain, evidence)));
  },
};

function inMail({ mail }: AuditEvidence): Map<string, SeenMessage[]> {
  const found = new Map<string, SeenMessage[]>();
  for (const message of mail?.messages ?? [])
    if (isWithoutAlignedPass(message) && passesBySpf(message))
      found.set(message.authorDomain, [...(found.get(message.authorDomain) ?? []), message]);
  return found;
}

const inReports = ({ reports }: AuditEvidence): Map<string, number> =>
  new Map(
    (reports?.authorDomains ?? [])
      .filter(({ bySpfAlone }) => bySpfAlone > 0)
      .map(({ domain, bySpfAlone }) => [domain, bySpfAlone]),
  );

function findingOf(domain: string, evidence: AuditEvidence): AuditFinding {
  const messages = inMail(evidence).get(domain) ?? [];
  const reported = inReports(evidence).get(domain) ?? 0;
  const all = evidence.reports?.authorDomains.find((author) => author.domain === domain)?.messages ?? 0;
  const sources = (evidence.reports?.sources ?? []).filter(
    ({ authorDomain, bySpfAlone }) => authorDomain === domain && bySpfAlone > 0,
  );
  const seen = [
    ...(messages.length > 0 ? [counted(messages.length, "message") + " at hand"] : []),
    ...(reported > 0 ? [`${reported} of ${all} reported`] : []),
  ];
  return {
    code: "SpfOnlyAlignment",
    severity: "medium",
    subject: domain,
    summary: `mail From ${domain} passes DMARC through SPF alone (${seen.join(", ")})`,
    evidence: [
      ...messageLines(messages, (message) => `SPF pass for ${message.spf?.domain}; ${signatureLine(message)}`),
      ...sources
        .slice(0, sourcesShownMax)
        .map(
          ({ ip, bySpfAlone, signingDomains }) =>
            `reported from ${ip}: ${counted(bySpfAlone, "message")}, ${signingDomains.length === 0 ? "unsigned" : `signed for ${signingDomains.join(", ")}`}`,
        ),
    ],
    remedy: `have the services behind these addresses sign as ${domain}: SPF no longer passes when a message is forwarded`,
    commands: [],
  };
}
