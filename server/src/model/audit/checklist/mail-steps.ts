import type { AuditEvidence } from "../evidence.ts";
import { selectorsInUse, type SeenSelector } from "../seen-selector.ts";
import type { Step } from "./step.ts";

/** What a step can ask for, in the words of the options that bring it. */
const mail = "messages as a receiver has them (--mail FILE)";
export const mailOrReports = "messages as a receiver has them (--mail FILE) or aggregate reports (--report FILE)";

/** Files without a message or a row of the domain's say as little as none. */
const hasMail = ({ mail: seen }: AuditEvidence): boolean => (seen?.messages.length ?? 0) > 0;
const hasReports = ({ reports }: AuditEvidence): boolean => (reports?.messages ?? 0) > 0;
const noMail = (evidence: AuditEvidence): string | undefined => (hasMail(evidence) ? undefined : mail);
export const neither = (evidence: AuditEvidence): string | undefined =>
  hasMail(evidence) || hasReports(evidence) ? undefined : mailOrReports;

const selectorsSeen = ({ mail: seen, reports, domain }: AuditEvidence): SeenSelector[] => [
  ...(seen?.selectors ?? []),
  ...selectorsInUse(reports?.selectors ?? [], domain),
];
const distinct = (lines: readonly string[]): string[] => [...new Set(lines)];

/** The steps that only mail and reports can show. */
export const fromDomains: Step = {
  step: "from-domains",
  title: "Every domain that stands in From is known",
  missing: neither,
  failsOn: [],
  shows: ({ mail: seen, reports }) =>
    distinct([
      ...(seen?.messages ?? []).map(({ authorDomain }) => authorDomain),
      ...(reports?.authorDomains ?? []).map(({ domain }) => domain),
    ]),
};

export const headersCaptured: Step = {
  step: "headers-captured",
  title: "Headers were captured for every path that mail takes",
  missing: pathWithoutHeaders,
  failsOn: [],
  shows: ({ mail: seen }) =>
    distinct(
      (seen?.messages ?? []).map(
        ({ path: { client, returnPath } }) =>
          `from ${client ?? "a server that is not named"}, Return-Path ${returnPath === "" ? "empty" : (returnPath ?? "not known")}`,
      ),
    ),
};

/** Reports name paths that mail takes; of each a message shows what receivers get. */
function pathWithoutHeaders(evidence: AuditEvidence): string | undefined {
  const captured = new Set((evidence.mail?.selectors ?? []).map(tagsOf));
  const reported = (evidence.reports?.selectors ?? []).filter(({ passed }) => passed > 0).map(tagsOf);
  const missing = reported.filter((tags) => !captured.has(tags));
  return (
    noMail(evidence) ??
    (missing.length === 0 ? undefined : `a message of each path that reports show: ${missing.join(", ")}`)
  );
}
const tagsOf = ({ signingDomain, selector }: SeenSelector): string => `d=${signingDomain} s=${selector}`;

export const signaturesSeen: Step = {
  step: "signatures-seen",
  title: "The d= and s= of every signature are known",
  missing: (evidence) => neither(evidence) ?? (selectorsSeen(evidence).length === 0 ? "a signed message" : undefined),
  failsOn: [],
  shows: (evidence) => distinct(selectorsSeen(evidence).map(tagsOf)),
};

export const signaturePasses: Step = {
  step: "signature-passes",
  title: "The signature passes in real mail",
  missing: nothingPasses,
  failsOn: ["NotAligned", "KeyMismatch", "Sha1Used", "SignatureExpired"],
  shows: (evidence) => distinct(passing(evidence).map((seen) => `${tagsOf(seen)} passes`)),
};

function nothingPasses(evidence: AuditEvidence): string | undefined {
  const signed = passing(evidence).length > 0;
  return neither(evidence) ?? (signed ? undefined : "a message with a signature of the domain that passes");
}

const passing = (evidence: AuditEvidence): SeenSelector[] => selectorsSeen(evidence).filter(({ passed }) => passed > 0);

export const dmarcByDkim: Step = {
  step: "dmarc-by-dkim",
  title: "DMARC passes by an aligned signature, and not by SPF alone",
  missing: nothingPasses,
  failsOn: ["NotAligned", "CustomDkimOff", "SpfOnlyAlignment"],
  shows: ({ reports }) =>
    (reports?.authorDomains ?? []).map(
      ({ domain, byDkim, messages }) => `${domain}: ${byDkim} of ${messages} reported messages by DKIM`,
    ),
};

export const staleSelectors: Step = {
  step: "stale-selectors",
  title: "No selector is left that nothing signs with any more",
  missing: neither,
  failsOn: ["StaleSelector"],
  shows: (evidence) => distinct(selectorsSeen(evidence).map(({ selector }) => `${selector} is in use`)),
};
