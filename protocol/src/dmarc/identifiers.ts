import { parseDomain } from "../mail/domain.ts";
import { alignmentOf, satisfies, type Alignment, type OrganizationalDomainOf } from "./alignment.ts";
import type { AlignmentMode } from "./policy-record.ts";

/** What DMARC needs to know of one DKIM-Signature field: the fields of a `Verification` that it reads. */
export type DkimOutcome = {
  /** A word of RFC 8601 §2.7.1. */
  result: string;
  /** `d=`. The identity in `i=` plays no part (RFC 9989 §4.4.1). */
  signingDomain: string | undefined;
  selector?: string | undefined;
  /** The key says `t=y`: the signature is treated as if it were not there. Absent: no. */
  testing?: boolean;
};

/** What DMARC needs to know of SPF. */
export type SpfOutcome = {
  /** A word of RFC 8601 §2.7.2. */
  result: string;
  /** The domain of MAIL FROM; for a message with a null reverse-path the HELO name, which stands for it (RFC 7208 §2.4). */
  domain: string;
  /** Which identity was checked. DMARC counts MAIL FROM alone (RFC 9989 §4.4.2). Absent: `mailfrom`. */
  identity?: "mailfrom" | "helo";
};

/** What came of one identifier: kept for reports also where it decided nothing (RFC 9989 §5.3.7). */
export type IdentifierVerdict = {
  method: "dkim" | "spf";
  /** In the form of `parseDomain`; undefined when it is no domain name. */
  domain: string | undefined;
  selector: string | undefined;
  result: string;
  /** How it stands to the author domain; `not-checked` where that could not matter. */
  alignment: Alignment | "not-checked";
  /** Why it counts as an aligned pass, or does not. */
  standing: IdentifierStanding;
};

export type IdentifierStanding =
  | "aligned"
  | "not-aligned"
  /** Related, and the policy asks for the very same domain. */
  | "not-strictly-aligned"
  | "did-not-pass"
  | "testing"
  | "helo-only"
  /** The DNS did not answer while the signature or SPF was checked; had it passed, it could have counted. */
  | "result-unknown"
  /** It passes; its organizational domain could not be found: the DNS did not answer, or too many were asked for. */
  | "alignment-unknown";

/** For how many domains of a message, beside the author domain, the organizational domain is looked for: each costs a walk. */
export const identifierWalksMax = 20;

export type IdentifierQuestion = {
  authorDomain: string;
  dkim: readonly DkimOutcome[];
  spf: SpfOutcome | undefined;
  adkim: AlignmentMode;
  aspf: AlignmentMode;
  organizationalDomainOf: OrganizationalDomainOf;
};

/** Judges each identifier (RFC 9989 §5.3.3 to §5.3.5). One aligned pass is enough; none, and something unknown: unknown. */
export async function judgeIdentifiers(
  question: IdentifierQuestion,
): Promise<{ outcome: "pass" | "fail" | "unknown"; verdicts: IdentifierVerdict[] }> {
  const organizationalDomainOf = limited(question.organizationalDomainOf, question.authorDomain);
  const compare = async (domain: string, mode: AlignmentMode): Promise<Alignment> =>
    mode === "strict" && domain !== question.authorDomain
      ? "none"
      : alignmentOf(question.authorDomain, domain, organizationalDomainOf);
  const verdicts: IdentifierVerdict[] = [];
  for (const identifier of identifiersOf(question)) {
    const mode = identifier.method === "dkim" ? question.adkim : question.aspf;
    verdicts.push(await judge(identifier, mode, question.authorDomain, compare));
  }
  const stands = (...standings: IdentifierStanding[]): boolean =>
    verdicts.some(({ standing }) => standings.includes(standing));
  const outcome = stands("aligned") ? "pass" : stands("result-unknown", "alignment-unknown") ? "unknown" : "fail";
  return { outcome, verdicts };
}

/** Asks for each domain once. What cannot align with the author domain is never asked for, so it does not count. */
function limited(organizationalDomainOf: OrganizationalDomainOf, authorDomain: string): OrganizationalDomainOf {
  const asked = new Map<string, Promise<string | undefined>>();
  return (domain) => {
    const known = asked.get(domain);
    if (known !== undefined) return known;
    if (domain !== authorDomain && asked.size > identifierWalksMax) return Promise.resolve(undefined);
    const answer = organizationalDomainOf(domain);
    asked.set(domain, answer);
    return answer;
  };
}

type Identifier = Omit<IdentifierVerdict, "alignment" | "standing"> & { excluded: "testing" | "helo-only" | undefined };

function identifiersOf({ dkim, spf }: IdentifierQuestion): Identifier[] {
  const identifiers = dkim.map(({ result, signingDomain, selector, testing }): Identifier => ({
    method: "dkim",
    domain: domainOf(signingDomain),
    selector,
    result,
    excluded: testing === true ? "testing" : undefined,
  }));
  if (spf !== undefined) {
    const excluded = spf.identity === "helo" ? "helo-only" : undefined;
    identifiers.push({
      method: "spf",
      domain: domainOf(spf.domain),
      selector: undefined,
      result: spf.result,
      excluded,
    });
  }
  return identifiers;
}

async function judge(
  { excluded, ...identifier }: Identifier,
  mode: AlignmentMode,
  authorDomain: string,
  compare: (domain: string, mode: AlignmentMode) => Promise<Alignment>,
): Promise<IdentifierVerdict> {
  const { domain, result } = identifier;
  const stands = (standing: IdentifierStanding, alignment: IdentifierVerdict["alignment"] = "not-checked") => ({
    ...identifier,
    alignment,
    standing,
  });
  if (result !== "pass" && result !== "temperror") return stands("did-not-pass");
  if (excluded !== undefined) return stands(excluded);
  if (domain === undefined) return stands(result === "pass" ? "not-aligned" : "did-not-pass", "none");
  const alignment = await compare(domain, mode);
  const aligned = satisfies(alignment, mode);
  if (result === "temperror") return stands(aligned === "no" ? "did-not-pass" : "result-unknown", alignment);
  if (aligned === "yes") return stands("aligned", alignment);
  if (aligned === "unknown") return stands("alignment-unknown", alignment);
  const related = domain.endsWith(`.${authorDomain}`) || authorDomain.endsWith(`.${domain}`);
  return stands(mode === "strict" && related ? "not-strictly-aligned" : "not-aligned", alignment);
}

function domainOf(text: string | undefined): string | undefined {
  const domain = parseDomain(text ?? "");
  return domain.ok ? domain.value : undefined;
}
