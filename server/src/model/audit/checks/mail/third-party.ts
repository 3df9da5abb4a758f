import { type AuditFinding, type Check, doesNotApply, needsEvidence, outcomeOf } from "../../check.ts";
import type { AuditEvidence } from "../../evidence.ts";
import type { SeenMessage } from "../../evidence/mail.ts";
import { counted, messageLines, signatureLine } from "./mail-lines.ts";
import { publisherOf } from "./live-selectors.ts";

/** Campaigns that somebody else sends belong on a subdomain: their complaints count against the domain they are From. */
export const thirdParty: Check = {
  name: "third-party",
  title: "Bulk mail of third parties is From a subdomain",
  codes: ["ThirdPartyOnMainDomain"],
  look: (evidence) => {
    const { mail, domain } = evidence;
    if (mail === undefined) return needsEvidence("messages as a receiver has them (--mail FILE)");
    const bulk = mail.messages.filter((message) => message.bulk && message.authorDomain === domain);
    if (bulk.length === 0 || mail.organizationalDomain !== domain) return doesNotApply;
    const byPublisher = new Map<string, SeenMessage[]>();
    for (const message of bulk) {
      const publisher = thirdPartyOf(message, evidence);
      if (publisher !== undefined) byPublisher.set(publisher, [...(byPublisher.get(publisher) ?? []), message]);
    }
    return outcomeOf([...byPublisher].map(([publisher, messages]) => findingOf(domain, publisher, messages)));
  },
};

/** Who else publishes the key that the message's own signature passes with. */
function thirdPartyOf({ signatures }: SeenMessage, { selectors, domain }: AuditEvidence): string | undefined {
  for (const { standing, aligned, signingDomain, selector } of signatures) {
    if (standing !== "pass" || aligned !== "yes") continue;
    const key = selectors.find(({ keyName }) => keyName === `${selector}._domainkey.${signingDomain}`);
    const publisher = key && publisherOf(key);
    if (publisher !== undefined && publisher !== domain && !publisher.endsWith(`.${domain}`)) return publisher;
  }
  return undefined;
}

const findingOf = (domain: string, publisher: string, messages: readonly SeenMessage[]): AuditFinding => ({
  code: "ThirdPartyOnMainDomain",
  severity: "low",
  subject: domain,
  summary: `${counted(messages.length, "bulk message")} From ${domain} itself, sent by a third party (its key is at ${publisher})`,
  evidence: messageLines(messages, signatureLine),
  remedy: `let the third party send as a subdomain of ${domain}: complaints about campaigns then do not touch the mail of people`,
  commands: [],
});
