import type { Author } from "../mail/author.ts";
import { byTreeWalk } from "./alignment.ts";
import {
  explainAuthor,
  explainDiscovery,
  explainIdentifiers,
  explainPolicy,
  explainRemedy,
  explainResult,
  explainSpfAlone,
  explainUnknownExistence,
  type PolicyGrounds,
} from "./explain.ts";
import type { AppliedPolicy, Disposition, DmarcResult, EvaluateOptions, Evaluation, Override } from "./evaluation.ts";
import { judgeIdentifiers, type IdentifierVerdict } from "./identifiers.ts";
import type { Policy } from "./policy-record.ts";
import { recordSource, type RecordSource } from "./record-lookup.ts";
import { discoverPolicy, type Discovery } from "./tree-walk.ts";

/** Evaluates DMARC for one message (RFC 9989 §5.3). Nothing that message or DNS say makes it reject. */
export async function evaluate(options: EvaluateOptions): Promise<Evaluation> {
  const authorDomain = soleDomain(options.author);
  const verdict = verdictFor(options, authorDomain);
  if (authorDomain === undefined) return verdict("permerror", [explainAuthor(options.author)]);

  const source = recordSource(options.resolveTxt);
  const discovery = await discoverPolicy(authorDomain, source);
  const explanation = explainDiscovery(authorDomain, discovery);
  if (discovery.state === "unknown") return verdict("temperror", [...explanation, explainResult("temperror")]);
  if (discovery.state === "absent") return verdict("none", [...explanation, explainResult("none")]);
  const choice = await choosePolicy(authorDomain, discovery, source);
  if (choice === undefined) return verdict("permerror", [...explanation, explainResult("permerror")]);

  const { record } = discovery;
  const { outcome, verdicts } = await judgeIdentifiers({
    authorDomain,
    dkim: options.dkim,
    spf: options.spf,
    adkim: record.adkim,
    aspf: record.aspf,
    organizationalDomainOf: byTreeWalk(source),
  });
  // Which policy applies only matters to mail that fails.
  const result = outcome === "unknown" || (outcome === "fail" && !choice.certain) ? "temperror" : outcome;
  explanation.push(...explainIdentifiers(authorDomain, verdicts));
  if (outcome === "fail" && !choice.certain) explanation.push(explainUnknownExistence(authorDomain));
  explanation.push(explainResult(result));
  if (outcome === "fail") explanation.push(...explainRemedy(authorDomain, verdicts));
  const aligned = verdicts.filter(({ standing }) => standing === "aligned");
  if (choice.applied.published === "reject" && aligned.length > 0 && aligned.every(({ method }) => method === "spf"))
    explanation.push(explainSpfAlone(authorDomain));
  return verdict(result, explanation, choice, verdicts);
}

/** The one domain that all From addresses have (RFC 9989 §5.3.1): several addresses may share it. */
function soleDomain(author: Author): string | undefined {
  if (author.ok) return author.domain;
  const domains = new Set(author.addresses.map(({ domain }) => domain));
  return domains.size === 1 ? domains.values().next().value : undefined;
}

type Choice = { applied: AppliedPolicy; grounds: PolicyGrounds; certain: boolean };

/** Which of `p=`, `sp=` and `np=` speaks (§4.10.1), and what `t=y` leaves of it. Undefined: the record asks for nothing readable. */
async function choosePolicy(
  authorDomain: string,
  { record, domain, source: from }: Extract<Discovery, { state: "present" }>,
  source: RecordSource,
): Promise<Choice | undefined> {
  const { p, sp, np } = record;
  if (p === undefined) return undefined;
  const choose = (tag: AppliedPolicy["tag"], published: Policy, grounds: PolicyGrounds, certain = true): Choice => ({
    applied: { domain, source: from, tag, published, policy: record.testing ? oneLess[published] : published, record },
    grounds,
    certain,
  });
  if (from === "author-domain") return choose("p", p, "own-record");
  const forExisting = (grounds: PolicyGrounds, certain = true): Choice =>
    choose(sp === undefined ? "p" : "sp", sp ?? p, grounds, certain);
  if (np === undefined || np === (sp ?? p)) return forExisting("subdomain");
  const existence = await source.existence(authorDomain);
  switch (existence) {
    case "exists":
      return forExisting("existing-subdomain");
    case "does-not-exist":
      return choose("np", np, "missing-subdomain");
    case "unknown":
      return forExisting("existing-subdomain", false);
  }
}

const oneLess: Record<Policy, Policy> = { none: "none", quarantine: "none", reject: "quarantine" };

/** Puts a result together with what follows from it. */
const verdictFor =
  (options: EvaluateOptions, authorDomain: string | undefined) =>
  (result: DmarcResult, explanation: string[], choice?: Choice, identifiers: IdentifierVerdict[] = []): Evaluation => {
    const { onReject = "quarantine", onTemporaryError = "none" } = options;
    const overrides: Override[] = [];
    let disposition: Disposition = result === "temperror" ? onTemporaryError : "none";
    if (result === "fail" && choice !== undefined) {
      const { policy, published } = choice.applied;
      disposition = policy === "reject" ? onReject : policy;
      if (policy !== published) overrides.push("policy_test_mode");
      if (disposition !== policy) overrides.push("local_policy");
      explanation.push(...explainPolicy(choice.applied, choice.grounds, disposition));
    }
    return { result, disposition, authorDomain, applied: choice?.applied, identifiers, overrides, explanation };
  };
