import type { AuditEvidence } from "../evidence.ts";
import type { SeenSelector } from "../evidence/seen-selector.ts";
import { evidenceEnd, hasMailToGoBy } from "../seen-anywhere.ts";
import type { Step } from "./step.ts";

const mail = "messages as a receiver has them (--mail FILE)";
export const mailOrReports = "messages as a receiver has them (--mail FILE) or aggregate reports (--report FILE)";

/** What was given, and holds no mail From the domain, says nothing about it. */
export const neither = (evidence: AuditEvidence): string | undefined => {
  if (evidence.mail === undefined && evidence.reports === undefined) return mailOrReports;
  return hasMailToGoBy(evidence)
    ? undefined
    : `mail From ${evidence.domain}: there is none in the messages and reports at hand`;
};

/** Reports name every path that mail takes; of each a message shows what receivers get. */
function pathsWithoutHeaders({ domain, mail: seen, reports }: AuditEvidence): string | undefined {
  if (seen === undefined) return mail;
  if (seen.messages.length === 0) return `a message From ${domain}: there is none in the files at hand`;
  const captured = new Set(seen.selectors.map(keyNameOf));
  const missing = (reports?.selectors ?? []).filter((one) => one.passed > 0 && !captured.has(keyNameOf(one)));
  return missing.length === 0
    ? undefined
    : `messages signed by ${missing.map(keyNameOf).join(", ")}, which reports show: a message of each path (--mail FILE)`;
}

const keyNameOf = ({ selector, signingDomain }: SeenSelector): string => `${selector}._domainkey.${signingDomain}`;

function authors({ mail: seen, reports }: AuditEvidence): string[] {
  const counts = new Map<string, { messages: number; reported: number }>();
  const of = (domain: string) => {
    const count = counts.get(domain) ?? { messages: 0, reported: 0 };
    counts.set(domain, count);
    return count;
  };
  for (const { authorDomain } of seen?.messages ?? []) of(authorDomain).messages++;
  for (const { domain, messages } of reports?.authorDomains ?? []) of(domain).reported += messages;
  return [...counts].map(
    ([domain, { messages, reported }]) => `${domain}: ${messages} at hand, ${reported} in reports`,
  );
}

const paths = ({ mail: seen }: AuditEvidence): string[] => [
  ...new Set(
    (seen?.messages ?? []).map(
      ({ path: { client, returnPath } }) => `sent by ${client ?? "not told"}, return path ${returnPath || "not told"}`,
    ),
  ),
];

const signatures = ({ mail: seen, reports }: AuditEvidence): string[] => [
  ...new Set([...(seen?.selectors ?? []), ...(reports?.selectors ?? [])].map(keyNameOf)),
];

const passes = ({ mail: seen, reports }: AuditEvidence): string[] => {
  const passed = [...(seen?.selectors ?? []), ...(reports?.selectors ?? [])].filter((one) => one.passed > 0);
  return [...new Set(passed.map(keyNameOf))].map((keyName) => `${keyName} passes`);
};

/** The steps that only mail and reports can tell of: three before the records are looked at, and three after. */
export const captureSteps: readonly Step[] = [
  {
    step: "from-domains",
    title: "Every domain that stands in From is known",
    missing: neither,
    failsOn: [],
    shows: authors,
  },
  {
    step: "headers-captured",
    title: "Headers were captured for every path that mail takes",
    missing: pathsWithoutHeaders,
    failsOn: [],
    shows: paths,
  },
  {
    step: "signatures-seen",
    title: "The d= and s= of every signature are known",
    missing: neither,
    failsOn: [],
    shows: signatures,
  },
];

export const resultSteps: readonly Step[] = [
  {
    step: "signature-passes",
    title: "The signature passes in real mail",
    missing: (evidence) =>
      neither(evidence) ?? (passes(evidence).length === 0 ? `a message whose signature passes` : undefined),
    failsOn: ["NotAligned", "Sha1Used", "SignatureExpired"],
    shows: passes,
  },
  {
    step: "dmarc-by-dkim",
    title: "DMARC passes by an aligned signature, and not by SPF alone",
    missing: neither,
    failsOn: ["NotAligned", "CustomDkimOff", "SpfOnlyAlignment"],
    shows: ({ reports }) =>
      (reports?.authorDomains ?? []).map(
        ({ domain, messages, byDkim }) => `${domain}: ${byDkim} of ${messages} reported`,
      ),
  },
  {
    step: "stale-selectors",
    title: "No selector is left that nothing signs with any more",
    missing: (evidence) =>
      neither(evidence) ?? (evidenceEnd(evidence) === undefined ? "messages or reports that have a date" : undefined),
    failsOn: ["StaleSelector"],
    shows: () => [],
  },
];
