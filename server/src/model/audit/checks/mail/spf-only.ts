import { type AuditFinding, type Check, doesNotApply, needsEvidence, outcomeOf } from "../../check.ts";
import type { AuditEvidence } from "../../evidence.ts";
import type { SeenMessage } from "../../evidence/mail.ts";
import { counted, messageLines, signatureLine } from "./mail-lines.ts";
import { isSpfOnly } from "./unaligned-mail.ts";

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
    const messages = (mail?.messages ?? []).filter(isSpfOnly);
    const reported = (reports?.authorDomains ?? []).filter(({ bySpfAlone }) => bySpfAlone > 0);
    const domains = new Set([
      ...messages.map(({ authorDomain }) => authorDomain),
      ...reported.map(({ domain }) => domain),
    ]);
    return outcomeOf(
      [...domains].map((domain) =>
        findingOf(
          domain,
          messages.filter(({ authorDomain }) => authorDomain === domain),
          evidence,
        ),
      ),
    );
  },
};

function findingOf(domain: string, messages: readonly SeenMessage[], { reports }: AuditEvidence): AuditFinding {
  const author = reports?.authorDomains.find((one) => one.domain === domain);
  const { bySpfAlone: reported = 0, messages: all = 0 } = author ?? {};
  const sources = (reports?.sources ?? []).filter(
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
