import type { Provider } from "../../../provider/provider.ts";
import { signsAsItself } from "../../../provider/signs-as-itself.ts";
import { type AuditFinding, type Check, needsEvidence, outcomeOf } from "../../check.ts";
import type { ReportedSource } from "../../report-evidence.ts";
import { unalignedMail } from "../mail/unaligned-mail.ts";

/** Servers from which reports saw mail that a provider signed as itself and nobody as the author. */
type Group = { provider: Provider; authorDomain: string; sources: ReportedSource[]; signingDomains: Set<string> };

/** The same as messages show, from aggregate reports: they tell each server with every `d=` that was seen from it. */
export const customDkimInReports: Check = {
  name: "custom-dkim-in-reports",
  title: "No provider signs as itself alone in aggregate reports",
  codes: ["CustomDkimOff"],
  look: (evidence, context) => {
    const { catalogue } = context;
    if (evidence.reports === undefined) return needsEvidence("aggregate reports (--report FILE)");
    if (catalogue === undefined) return needsEvidence("the provider catalogue");
    const { sources, signatures } = evidence.reports;
    const aligned = new Set(
      signatures.filter((one) => one.aligned !== "no").map((one) => `${one.authorDomain} ${one.signingDomain}`),
    );
    const groups = new Map<string, Group>();
    for (const source of sources) {
      const { authorDomain, signingDomains, byDkim, bySpfAlone } = source;
      // What passes by SPF is told as that, and an aligned signature that failed is another fault.
      if (byDkim + bySpfAlone > 0 || signingDomains.some((domain) => aligned.has(`${authorDomain} ${domain}`)))
        continue;
      const providers = signingDomains.map((domain) => signsAsItself(catalogue, domain, authorDomain));
      const [provider] = providers;
      if (provider === undefined || providers.includes(undefined)) continue;
      const key = `${provider.id} ${authorDomain}`;
      const group = groups.get(key) ?? { provider, authorDomain, sources: [], signingDomains: new Set() };
      groups.set(key, group);
      group.sources.push(source);
      for (const domain of signingDomains) group.signingDomains.add(domain);
    }
    const inMail = new Set(
      unalignedMail(evidence, context).flatMap(({ authorDomain, cause }) =>
        cause.kind === "provider-default" ? [`${cause.provider.id} ${authorDomain}`] : [],
      ),
    );
    return outcomeOf([...groups].filter(([key]) => !inMail.has(key)).map(([, group]) => findingOf(group)));
  },
};

const shownMax = 5;

function findingOf({ provider, authorDomain, sources, signingDomains }: Group): AuditFinding {
  const messages = sources.reduce((sum, one) => sum + one.messages, 0);
  const more = sources.length - shownMax;
  return {
    code: "CustomDkimOff",
    severity: "medium",
    subject: authorDomain,
    summary: `custom DKIM is not switched on at ${provider.name}: reports count ${messages} messages From ${authorDomain} signed for ${[...signingDomains].join(" and ")} only`,
    evidence: [
      ...sources
        .slice(0, shownMax)
        .map((one) => `${one.messages} messages from ${one.ip}: d=${one.signingDomains.join(", d=")}`),
      ...(more > 0 ? [`and ${more} more servers`] : []),
    ],
    remedy: `switch on DKIM for ${authorDomain} at ${provider.name}${provider.customDkim === undefined ? "" : ` (${provider.customDkim})`}, and publish the records that it shows`,
    commands: [],
  };
}
