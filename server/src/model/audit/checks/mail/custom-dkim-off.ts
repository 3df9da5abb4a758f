import { type AuditFinding, type Check, doesNotApply, needsEvidence, outcomeOf } from "../../check.ts";
import { counted, messageLines, oneOf, signatureLine } from "./mail-lines.ts";
import { unalignedMail } from "./unaligned-mail.ts";

/** A provider that signs as itself does so because nobody told it to sign as the customer. */
export const customDkimOff: Check = {
  name: "custom-dkim",
  title: "Providers sign as the domain, not as themselves alone",
  codes: ["CustomDkimOff"],
  look: (evidence, context) => {
    if (evidence.mail === undefined) return needsEvidence("messages as a receiver has them (--mail FILE)");
    if (context.catalogue === undefined) return needsEvidence("the provider catalogue");
    if (evidence.mail.messages.length === 0) return doesNotApply;
    const findings = unalignedMail(evidence, context).flatMap(({ authorDomain, cause, messages }): AuditFinding[] => {
      if (cause.kind !== "provider-default") return [];
      const { provider, signingDomains } = cause;
      return [
        {
          code: "CustomDkimOff",
          severity: "medium",
          subject: authorDomain,
          summary: `custom DKIM is not switched on at ${provider.name}: ${counted(messages.length, "message")} From ${authorDomain} signed for ${oneOf(signingDomains)} only`,
          evidence: messageLines(messages, (message) => `From ${authorDomain}; ${signatureLine(message)}`),
          remedy: `switch on DKIM for ${authorDomain} at ${provider.name}${provider.customDkim === undefined ? "" : ` (${provider.customDkim})`}, and publish the records that it shows`,
          commands: [],
        },
      ];
    });
    return outcomeOf(findings);
  },
};
