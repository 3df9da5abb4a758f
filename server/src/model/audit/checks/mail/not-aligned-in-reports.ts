import type { Provider } from "../../../provider/provider.ts";
import { signsAsItself } from "../../../provider/signs-as-itself.ts";
import {
  type AuditContext,
  type AuditFinding,
  type Check,
  doesNotApply,
  needsEvidence,
  outcomeOf,
} from "../../check.ts";
import type { AuditEvidence } from "../../evidence.ts";
import type { ReportedSource } from "../../evidence/reports.ts";
import { counted, oneOf } from "./mail-lines.ts";
import { switchOn } from "./not-aligned.ts";
import { unalignedMail } from "./unaligned-mail.ts";

/** Servers from which reports saw mail that somebody signed, and nobody as the author; `provider`: a known one, as itself. */
type Group = {
  provider: Provider | undefined;
  authorDomain: string;
  sources: ReportedSource[];
  signingDomains: Set<string>;
};

/**
 * The same as messages show, from aggregate reports: they tell each server with every `d=` that was seen from it. Forgers are
 * reported too. So what counts is mail that a known provider signed as itself, and what somebody else signed where it is a
 * good part of all mail From the domain; unsigned mail counts where it is most of it.
 */
export const notAlignedInReports: Check = {
  name: "not-aligned-in-reports",
  title: "Mail that reports tell of has an aligned signature that passes",
  codes: ["NotAligned"],
  look: (evidence, context) => {
    if (evidence.reports === undefined) return needsEvidence("aggregate reports (--report FILE)");
    if (evidence.reports.messages === 0) return doesNotApply;
    const inMail = new Set(
      unalignedMail(evidence, context).flatMap(({ authorDomain, cause }) =>
        cause.kind === "provider-default" ? [`${cause.provider.id} ${authorDomain}`] : [],
      ),
    );
    const told = groupsOf(evidence, context).filter(
      ({ provider, authorDomain }) => provider === undefined || !inMail.has(`${provider.id} ${authorDomain}`),
    );
    return outcomeOf(told.filter((group) => isOwnMail(group, evidence)).map(findingOf));
  },
};

function groupsOf({ reports }: AuditEvidence, { catalogue }: AuditContext): Group[] {
  const { sources = [], signatures = [] } = reports ?? {};
  const aligned = new Set(
    signatures.filter((one) => one.aligned !== "no").map((one) => `${one.authorDomain} ${one.signingDomain}`),
  );
  const groups = new Map<string, Group>();
  for (const source of sources) {
    const { authorDomain, signingDomains, byDkim, bySpfAlone } = source;
    // What passes by SPF is told as that, and an aligned signature that failed is another fault: a list's, mostly.
    if (byDkim + bySpfAlone > 0 || signingDomains.some((domain) => aligned.has(`${authorDomain} ${domain}`))) continue;
    const providers = signingDomains.map((domain) => catalogue && signsAsItself(catalogue, domain, authorDomain));
    const provider = providers.includes(undefined) ? undefined : providers[0];
    const key = `${provider?.id ?? signingDomains.join(" ")} ${authorDomain}`;
    const group = groups.get(key) ?? { provider, authorDomain, sources: [], signingDomains: new Set() };
    groups.set(key, group);
    group.sources.push(source);
    for (const domain of signingDomains) group.signingDomains.add(domain);
  }
  return [...groups.values()];
}

const messagesOf = ({ sources }: Group): number => sources.reduce((sum, one) => sum + one.messages, 0);

/** Of all reported mail From the domain: from such a part on it is hardly a stranger's. */
const signedShare = 0.1;
const unsignedShare = 0.5;

function isOwnMail(group: Group, { reports }: AuditEvidence): boolean {
  if (group.provider !== undefined) return true;
  const author = reports?.authorDomains.find(({ domain }) => domain === group.authorDomain);
  const share = messagesOf(group) / (author?.messages ?? Number.POSITIVE_INFINITY);
  return group.signingDomains.size > 0 ? share >= signedShare : share > unsignedShare;
}

const shownMax = 5;

function findingOf(group: Group): AuditFinding {
  const { provider, authorDomain, sources } = group;
  const signingDomains = [...group.signingDomains];
  const reported = `reports count ${counted(messagesOf(group), "message")} From ${authorDomain}`;
  const more = sources.length - shownMax;
  const signed = signingDomains.length === 0 ? "without a signature" : `signed for ${oneOf(signingDomains)}`;
  return {
    code: "NotAligned",
    severity: "high",
    subject: authorDomain,
    summary:
      provider === undefined
        ? `${reported} ${signed}${signingDomains.length === 0 ? "" : ", not for your From domain"}`
        : `custom DKIM is not switched on at ${provider.name}: ${reported} ${signed} only`,
    evidence: [
      ...sources
        .slice(0, shownMax)
        .map((one) => `${counted(one.messages, "message")} from ${one.ip}: ${signatureWords(one)}`),
      ...(more > 0 ? [`and ${more} more servers`] : []),
    ],
    remedy:
      provider === undefined
        ? `find out whose servers these are; if the mail is yours, have them sign as ${authorDomain}`
        : switchOn(provider, authorDomain),
    commands: [],
  };
}

const signatureWords = ({ signingDomains }: ReportedSource): string =>
  signingDomains.length === 0 ? "unsigned" : `d=${signingDomains.join(", d=")}`;
