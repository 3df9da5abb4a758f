import { resultOf, type Reason } from "chancery/dkim";
import type { Catalogue } from "../../../provider/catalogue.ts";
import type { Provider } from "../../../provider/provider.ts";
import { signsAsItself } from "../../../provider/signs-as-itself.ts";
import type { AuditContext } from "../../check.ts";
import type { AuditEvidence } from "../../evidence.ts";
import type { SeenMessage, SeenSignature } from "../../evidence/mail.ts";

/** Why a message has no signature that counts for its author domain. */
export type Cause =
  | { kind: "unsigned" }
  /** An aligned one is there and does not pass. */
  | { kind: "fails"; signature: SeenSignature }
  /** A provider signs as itself, as it does for customers who have set up nothing. */
  | { kind: "provider-default"; provider: Provider; signingDomains: readonly string[] }
  | { kind: "other-domain"; signingDomains: readonly string[] };

/** Messages with the same cause; never empty. */
export type UnalignedMail = { authorDomain: string; cause: Cause; messages: readonly SeenMessage[] };

/**
 * Mail that no aligned signature passes for, by author domain and cause. Left out are messages that pass DMARC by SPF (another
 * finding; that a provider signs as itself says more, and is told as well), that DNS gave no answer for, that never left an
 * organization of Microsoft's, and those whose key is at fault: that is seen at the key.
 */
export function unalignedMail(
  evidence: AuditEvidence,
  { catalogue }: Pick<AuditContext, "catalogue">,
): UnalignedMail[] {
  const found = new Map<string, UnalignedMail & { messages: SeenMessage[] }>();
  for (const message of evidence.mail?.messages ?? []) {
    if (!isWithoutAlignedPass(message)) continue;
    const cause = causeOf(message, catalogue);
    if (isSpfOnly(message) && cause.kind !== "provider-default") continue;
    if (cause.kind === "fails" && isSeenAtTheKey(cause.signature, evidence)) continue;
    const key = `${message.authorDomain} ${keyOf(cause)}`;
    const kin = found.get(key);
    if (kin === undefined) found.set(key, { authorDomain: message.authorDomain, cause, messages: [message] });
    else kin.messages.push(message);
  }
  return [...found.values()];
}

/** Certainly without one: where an answer is missing, nothing is concluded. */
const isWithoutAlignedPass = ({ signatures, withinOrganization }: SeenMessage): boolean =>
  !(withinOrganization && signatures.length === 0) &&
  signatures.every(({ aligned, standing }) => aligned === "no" || standing === "fail");

/** DMARC passes, through SPF alone. */
export const isSpfOnly = (message: SeenMessage): boolean =>
  isWithoutAlignedPass(message) && message.spf?.result === "pass" && message.spf.aligned === "yes";

function causeOf({ authorDomain, signatures }: SeenMessage, catalogue: Catalogue | undefined): Cause {
  const aligned = signatures.find((signature) => signature.aligned !== "no");
  if (aligned !== undefined) return { kind: "fails", signature: aligned };
  const passing = signatures.filter(({ standing }) => standing === "pass");
  const signingDomains = distinct(
    (passing.length > 0 ? passing : signatures).map(({ signingDomain }) => signingDomain),
  );
  if (signingDomains.length === 0) return { kind: "unsigned" };
  const owners = signingDomains.map((domain) => catalogue && signsAsItself(catalogue, domain, authorDomain));
  const [provider] = owners;
  return provider !== undefined && passing.length > 0 && owners.every((owner) => owner !== undefined)
    ? { kind: "provider-default", provider, signingDomains }
    : { kind: "other-domain", signingDomains };
}

const distinct = (domains: readonly (string | undefined)[]): string[] => [
  ...new Set(domains.filter((domain) => domain !== undefined)),
];

function keyOf(cause: Cause): string {
  switch (cause.kind) {
    case "unsigned":
      return cause.kind;
    case "fails":
      return `fails ${cause.signature.selector} ${cause.signature.now.reason}`;
    case "provider-default":
    case "other-domain":
      return `signed ${cause.signingDomains.join(" ")}`;
  }
}

/** Reasons that name the key, not the message. Whoever looks at the key's name finds and tells them there. */
const ofTheKey: ReadonlySet<string> = new Set<Reason>([
  "key-not-found",
  "several-key-records",
  "key-malformed",
  "key-revoked",
  "key-not-applicable",
  "key-too-small",
] satisfies (keyof typeof resultOf)[]);

const isSeenAtTheKey = ({ now, signingDomain, selector }: SeenSignature, { selectors }: AuditEvidence): boolean =>
  now.reason !== undefined &&
  ofTheKey.has(now.reason) &&
  selectors.some(({ keyName }) => keyName === `${selector}._domainkey.${signingDomain}`);
