import { ownersOfSigningDomain } from "../../../provider/attribution.ts";
import type { Catalogue } from "../../../provider/catalogue.ts";
import { isGoogleDefaultOf } from "../../../provider/google-workspace/default-domain.ts";
import type { Provider } from "../../../provider/provider.ts";
import { attributeChain } from "../../../provider/selector-chain.ts";
import { type AuditFinding, type Check, needsEvidence, outcomeOf } from "../../check.ts";
import type { AuditEvidence, SelectorEvidence } from "../../evidence.ts";
import type { SeenMessage } from "../../mail-evidence.ts";

/** Mail that a provider signed as itself alone: `d=` is its own domain, and nothing is signed as the author's. */
type SignedAsProvider = { provider: Provider; authorDomain: string; signingDomain: string; seen: string; at: number };

/** Every provider signs as something; until the customer switches it on, not as the customer. */
export const customDkim: Check = {
  name: "custom-dkim",
  title: "No provider signs as its own domain alone",
  codes: ["CustomDkimOff"],
  look: (evidence, { catalogue }) => {
    if (catalogue === undefined) return needsEvidence("the provider catalogue");
    if (evidence.mail === undefined && evidence.reports === undefined)
      return needsEvidence("messages (--mail FILE) or aggregate reports (--report FILE)");
    const current = [...inMail(evidence, catalogue), ...inReports(evidence, catalogue)].filter(
      (one) => !signsAsCustomerSince(evidence, catalogue, one),
    );
    return outcomeOf(byProvider(current).map(findingOf));
  },
};

const inMail = ({ mail }: AuditEvidence, catalogue: Catalogue): SignedAsProvider[] =>
  (mail?.messages ?? []).flatMap(({ file, at = 0, authorDomain, signatures, withinOrganization }) => {
    // An aligned signature that fails was made: then the fault is another.
    if (withinOrganization || signatures.some(({ aligned }) => aligned !== "no")) return [];
    return signatures
      .filter(({ standing }) => standing === "pass")
      .flatMap(({ signingDomain }) =>
        asItself(catalogue, authorDomain, signingDomain).map((one) => ({ ...one, seen: file, at })),
      );
  });

/** Reports give the servers that mail came from, with every `d=` that was seen from each. */
function inReports({ reports }: AuditEvidence, catalogue: Catalogue): SignedAsProvider[] {
  if (reports === undefined) return [];
  const aligned = new Set(
    reports.signatures.filter((one) => one.aligned !== "no").map((one) => `${one.authorDomain} ${one.signingDomain}`),
  );
  return reports.sources.flatMap(({ ip, authorDomain, signingDomains, messages, byDkim }) => {
    if (byDkim > 0 || signingDomains.some((domain) => aligned.has(`${authorDomain} ${domain}`))) return [];
    const seen = `${messages} messages from ${ip} in reports`;
    return signingDomains.flatMap((domain) =>
      asItself(catalogue, authorDomain, domain).map((one) => ({ ...one, seen, at: reports.end ?? 0 })),
    );
  });
}

function asItself(
  catalogue: Catalogue,
  authorDomain: string,
  signingDomain: string | undefined,
): Pick<SignedAsProvider, "provider" | "authorDomain" | "signingDomain">[] {
  if (signingDomain === undefined) return [];
  const [owner] = ownersOfSigningDomain(catalogue, signingDomain);
  if (owner === undefined) return [];
  // Google's domain names the customer: another's means that the mail only came through there.
  const isAnothers = owner.provider.id === "google-workspace" && !isGoogleDefaultOf(signingDomain, authorDomain);
  return isAnothers ? [] : [{ provider: owner.provider, authorDomain, signingDomain }];
}

/** Later mail with an aligned signature by a selector of the same provider: it was switched on meanwhile. */
function signsAsCustomerSince(
  { mail, selectors }: AuditEvidence,
  catalogue: Catalogue,
  one: SignedAsProvider,
): boolean {
  const own = new Set(selectors.filter((seen) => isOf(catalogue, seen, one.provider)).map(({ selector }) => selector));
  const shows = ({ at = 0, signatures }: SeenMessage): boolean =>
    at >= one.at &&
    signatures.some(
      ({ aligned, standing, selector = "" }) => aligned === "yes" && standing === "pass" && own.has(selector),
    );
  return (mail?.messages ?? []).some(shows);
}

const isOf = (catalogue: Catalogue, seen: SelectorEvidence, provider: Provider): boolean =>
  attributeChain(catalogue, seen).parties.some((party) => party.provider === provider);

const byProvider = (seen: readonly SignedAsProvider[]): [SignedAsProvider, ...SignedAsProvider[]][] => {
  const groups = new Map<string, [SignedAsProvider, ...SignedAsProvider[]]>();
  for (const one of seen) {
    const key = `${one.provider.id} ${one.authorDomain}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  return [...groups.values()];
};

const shownMax = 5;

function findingOf(group: [SignedAsProvider, ...SignedAsProvider[]]): AuditFinding {
  const [{ provider, authorDomain }] = group;
  const evidence = group.slice(0, shownMax).map(({ signingDomain, seen }) => `d=${signingDomain} alone: ${seen}`);
  const more = group.length - evidence.length;
  return {
    code: "CustomDkimOff",
    severity: "medium",
    subject: authorDomain,
    summary: `custom DKIM is not switched on at ${provider.name}: it signs as its own domain only`,
    evidence: [...evidence, ...(more > 0 ? [`and ${more} more`] : [])],
    remedy: `switch on signing as ${authorDomain} at ${provider.name}${provider.customDkim === undefined ? "" : `: ${provider.customDkim}`}${provider.docs === undefined ? "" : ` (${provider.docs})`}`,
  };
}
