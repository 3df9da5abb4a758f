import type { Provider } from "../../../provider/provider.ts";
import { type AuditFinding, type Check, doesNotApply, needsEvidence, outcomeOf } from "../../check.ts";
import type { SeenSignature } from "../../evidence/mail.ts";
import { counted, messageLines, oneOf, signatureLine } from "./mail-lines.ts";
import { type Cause, type UnalignedMail, unalignedMail } from "./unaligned-mail.ts";

/** An unaligned signature beside an aligned one that passes is nothing: many providers add their own. */
export const notAligned: Check = {
  name: "not-aligned",
  title: "Mail From the domain has an aligned signature that passes",
  codes: ["NotAligned"],
  look: (evidence, context) => {
    if (evidence.mail === undefined) return needsEvidence("messages as a receiver has them (--mail FILE)");
    if (evidence.mail.messages.length === 0) return doesNotApply;
    return outcomeOf(unalignedMail(evidence, context).map(findingOf));
  },
};

function findingOf({ authorDomain, cause, messages }: UnalignedMail): AuditFinding {
  const mailFrom = `${counted(messages.length, "message")} From ${authorDomain}`;
  const { summary, remedy } = wordsFor(cause, authorDomain, mailFrom);
  return {
    code: "NotAligned",
    severity: "high",
    subject: authorDomain,
    summary,
    evidence: messageLines(
      messages,
      (message) => `From ${authorDomain}; ${signatureLine(message)}${pathWords(message)}`,
    ),
    remedy,
    commands: cause.kind === "fails" ? digKey(cause.signature) : [],
  };
}

const pathWords = ({ path }: UnalignedMail["messages"][number]): string =>
  path.client === undefined ? "" : `; sent by ${path.client}`;

function wordsFor(cause: Cause, authorDomain: string, mailFrom: string): { summary: string; remedy: string } {
  switch (cause.kind) {
    case "unsigned":
      return {
        summary: `${mailFrom} without a signature`,
        remedy: `switch DKIM signing on at the service that sends this mail, with ${authorDomain} as the signing domain`,
      };
    case "fails":
      return {
        summary: `${mailFrom} whose signature for ${cause.signature.signingDomain} does not pass: ${failureWords(cause.signature)}`,
        remedy: remedyFor(cause.signature),
      };
    case "provider-default":
      return {
        summary: `custom DKIM is not switched on at ${cause.provider.name}: ${mailFrom} signed for ${oneOf(cause.signingDomains)} only`,
        remedy: switchOn(cause.provider, authorDomain),
      };
    case "other-domain":
      return {
        summary: `${mailFrom} signed for ${oneOf(cause.signingDomains)}, not for your From domain`,
        remedy: `have the service that sends this mail sign as ${authorDomain} (d=${authorDomain}): most call it domain authentication or custom DKIM, and give you the records to publish`,
      };
  }
}

/** A provider signs as itself because nobody told it to sign as the customer. */
export const switchOn = ({ name, customDkim }: Provider, authorDomain: string): string =>
  `switch on DKIM for ${authorDomain} at ${name}${customDkim === undefined ? "" : ` (${customDkim})`}, and publish the records that it shows`;

const failureWords = ({ now, selector }: SeenSignature): string =>
  `${now.detail ?? now.reason ?? now.result} (selector ${selector})`;

function remedyFor({ now, selector, signingDomain }: SeenSignature): string {
  const known = now.reason === undefined ? undefined : remedies[now.reason];
  return (
    known ??
    `see why the signature fails: chancery verify FILE names the reason, chancery trace ${selector} ${signingDomain} looks at the key`
  );
}

const changed =
  "see what changed the message after it was signed: chancery verify FILE names it. If a mail program saved the file, take it from the receiving server";
const remedies: Readonly<Record<string, string>> = {
  "body-hash-mismatch": changed,
  "body-too-short": changed,
  "signature-mismatch": `${changed}; if the key name holds another key than the one that signs, publish the right one`,
  sha1: "have the service sign with rsa-sha256: SHA-1 counts nowhere any more (RFC 8301)",
  expired: "find out what held the mail up, or let signatures live longer",
};

const digKey = ({ selector, signingDomain }: SeenSignature): string[] =>
  selector === undefined || signingDomain === undefined
    ? []
    : [`dig +short ${selector}._domainkey.${signingDomain} TXT`];
