import type { Author } from "../mail/author.ts";
import type { AppliedPolicy, Disposition, DmarcResult } from "./evaluation.ts";
import type { IdentifierVerdict } from "./identifiers.ts";
import type { RecordLookup } from "./record-lookup.ts";
import type { Discovery, WalkStep } from "./tree-walk.ts";

/** Why a tag of the record speaks for the author domain. */
export type PolicyGrounds = "own-record" | "subdomain" | "existing-subdomain" | "missing-subdomain";

/** Why there is no author domain to ask a policy of. */
export function explainAuthor(author: Author): string {
  if (author.ok) return `The From domain is ${author.domain}.`;
  switch (author.reason) {
    case "no-from":
      return "The message has no From field, so there is no domain whose policy could be asked for.";
    case "several-from-fields":
      return "The message has several From fields. Readers may be shown any of them, so DMARC cannot judge it.";
    case "several-addresses":
      return "The From field names addresses of several domains. DMARC judges a message of one domain.";
    case "group":
      return "The From field names a group and no address, so there is no domain whose policy could be asked for.";
    case "unparsable":
      return "The From field is not well formed, so nobody can say which domain the message claims to be from.";
  }
}

/** Where a policy record was looked for, and what was found. */
export function explainDiscovery(authorDomain: string, discovery: Discovery): string[] {
  const explanation = discovery.steps.map(explainStep);
  if (authorDomain.split(".").length > 8)
    explanation.unshift(
      `${authorDomain} has more than eight labels: without a record of its own, only names of up to seven labels above it are asked.`,
    );
  if (discovery.state !== "present") return explanation;
  const { domain, source, record } = discovery;
  switch (source) {
    case "author-domain":
      explanation.push(`It applies, because it is your From domain's own.`);
      break;
    case "organizational-domain":
      explanation.push(
        `${domain} is the organizational domain of your From domain ${authorDomain}. Its record applies.`,
      );
      break;
    case "public-suffix-domain":
      explanation.push(
        `${domain} says that others register names below it (psd=y). As the organizational domain of ${authorDomain} has no record, this one applies.`,
      );
      break;
  }
  if (record.p === undefined)
    explanation.push(
      `The record at _dmarc.${domain} asks for a policy that cannot be read, and names no address for reports.`,
    );
  return explanation;
}

const explainStep = ({ domain, lookup }: WalkStep): string =>
  `${lookup.state === "present" ? "There is a DMARC record at" : absence(lookup)} _dmarc.${domain}.`;

function absence(lookup: Exclude<RecordLookup, { state: "present" }>): string {
  switch (lookup.cause) {
    case "no-such-name":
    case "no-record":
      return "There is no DMARC record at";
    case "not-a-record":
      return "A text that does not begin with v=DMARC1, and so is no DMARC record, stands at";
    case "several-records":
      return "There are several DMARC records, which count as none, at";
    case "timeout":
      return "The DNS did not answer in time when asked for";
    case "dns-failure":
      return "The DNS gave an error when asked for";
  }
}

/** What each signature and SPF says of the author domain. */
export function explainIdentifiers(authorDomain: string, verdicts: readonly IdentifierVerdict[]): string[] {
  const explanation = verdicts.map((verdict) => explainIdentifier(authorDomain, verdict));
  if (!verdicts.some(({ method }) => method === "dkim")) explanation.unshift("The message has no DKIM signature.");
  if (!verdicts.some(({ method }) => method === "spf")) explanation.push("There is no SPF result.");
  return explanation;
}

function explainIdentifier(authorDomain: string, verdict: IdentifierVerdict): string {
  const { method, alignment, standing, result } = verdict;
  const by = method === "dkim" ? "DKIM" : "SPF";
  const domain = verdict.domain ?? "what is no domain name";
  switch (standing) {
    case "aligned":
      return alignment === "strict"
        ? `${by} passes for ${domain}, which is your From domain.`
        : `${by} passes for ${domain}, which belongs to the same organizational domain as your From domain ${authorDomain}.`;
    case "not-aligned":
      return `${by} passes, but for ${domain}, not for your From domain ${authorDomain}.`;
    case "not-strictly-aligned":
      return `${by} passes, but for ${domain}, and the record asks for exactly ${authorDomain} (${method === "dkim" ? "adkim" : "aspf"}=s).`;
    case "did-not-pass":
      return `${by} does not pass for ${domain} (${resultWord(result)}).`;
    case "testing":
      return `DKIM for ${domain} does not count: its key is marked as being tested (t=y).`;
    case "helo-only":
      return `SPF for ${domain} does not count: it was checked for the HELO name, and DMARC wants the MAIL FROM domain.`;
    case "result-unknown":
      return `${by} for ${domain} could not be checked, because the DNS did not answer. It would count if it passed.`;
    case "alignment-unknown":
      return `${by} passes for ${domain}. Whether that belongs to your From domain ${authorDomain} could not be found out.`;
  }
}

/** A result as it may stand in a sentence: whatever the caller passes, no more than a word. */
const resultWord = (result: string): string => (/^[a-z]{1,20}$/.test(result) ? result : "another result");

export function explainResult(result: DmarcResult): string {
  switch (result) {
    case "pass":
      return "One pass for the From domain is enough: DMARC passes.";
    case "fail":
      return "Nothing that passes speaks for the From domain: DMARC fails.";
    case "none":
      return "There is no DMARC record that applies, so there is no DMARC verdict.";
    case "permerror":
      return "The record that applies cannot be used, so there is no DMARC verdict until its owner mends it.";
    case "temperror":
      return "What the DNS did not say could decide, so there is no DMARC verdict now. Another try may find one.";
  }
}

/** What would help where a signature passes for somebody else. */
export function explainRemedy(authorDomain: string, verdicts: readonly IdentifierVerdict[]): string[] {
  const signers = verdicts.filter(
    ({ method, standing }) => method === "dkim" && (standing === "not-aligned" || standing === "not-strictly-aligned"),
  );
  const [domain] = signers.flatMap((signer) => signer.domain ?? []);
  if (domain === undefined) return [];
  return [
    `What helps: a signature as ${authorDomain}. Whoever signs as ${domain} can make one, too, once ${authorDomain} delegates a selector to them.`,
  ];
}

/** A domain that asks to reject has to sign, and not to rely on SPF (RFC 9989 §7.4, §8). */
export const explainSpfAlone = (authorDomain: string): string =>
  `Take care: this rests on SPF alone, and ${authorDomain} asks to reject what fails. Once the message is forwarded, SPF no longer passes: sign with DKIM as ${authorDomain}.`;

export const explainUnknownExistence = (authorDomain: string): string =>
  `Nothing that passes speaks for the From domain. Which policy applies is not known, because the DNS did not say whether ${authorDomain} exists.`;

/** What the policy asks for mail that fails, and what is done. */
export function explainPolicy(applied: AppliedPolicy, grounds: PolicyGrounds, disposition: Disposition): string[] {
  const { tag, published, policy, domain } = applied;
  const explanation = [`${groundsText[grounds]} ${tag}= of ${domain} asks for ${published}.`];
  if (policy !== published) explanation.push(`The record says that it is a test (t=y): one level less is ${policy}.`);
  if (disposition !== policy)
    explanation.push(`A policy alone is no reason to reject mail here: the message is to be put in ${disposition}.`);
  return explanation;
}

const groundsText: Record<PolicyGrounds, string> = {
  "own-record": "The record is the From domain's own:",
  subdomain: "The From domain is a subdomain:",
  "existing-subdomain": "The From domain is a subdomain that exists:",
  "missing-subdomain": "The From domain does not exist in the DNS:",
};
