import { isAtOrBelow } from "../mail/domain.ts";
import { byTreeWalk, type OrganizationalDomainOf } from "./alignment.ts";
import type { DmarcResult, EvaluateOptions, Evaluation } from "./evaluation.ts";
import { judgeIdentifiers } from "./identifiers.ts";
import type { Policy, PolicyRecord } from "./policy-record.ts";
import { recordSource, type RecordLookup, type RecordSource } from "./record-lookup.ts";

/**
 * The public suffix that a name ends in (the name itself, if it is one), by a list that the caller brings: ICANN and private
 * sections (RFC 7489 §3.2). Nothing: the list does not say; then the last label counts as the suffix.
 */
export type PublicSuffixOf = (domain: string) => string | null | undefined;

/** What a receiver makes of the message that still goes by RFC 7489. */
export type Rfc7489Evaluation = {
  result: DmarcResult;
  /** The domain right below the public suffix. */
  organizationalDomain: string;
  /** Where the record stands that applies, and what it asks for; undefined when there is none. */
  policyDomain: string | undefined;
  policy: Policy | undefined;
  /** `pct=`: for how many of a hundred messages that fail the policy is asked. */
  percent: number;
};

export type Rfc7489Difference = {
  kind: "organizational-domain" | "policy-domain" | "policy" | "sampling" | "result";
  /** A sentence for people. */
  text: string;
};

/**
 * The answer of RFC 7489 beside one of RFC 9989, and where the two differ (DMARC-T-14): the public suffix list in the place of
 * the tree walk, two names asked in the place of eight, `pct=`, and neither `np=` nor `psd=` nor `t=`. Undefined for a message
 * without an author domain. Never rejects.
 */
export async function compareWithRfc7489(
  options: Pick<EvaluateOptions, "dkim" | "spf" | "resolveTxt"> & { publicSuffixOf: PublicSuffixOf },
  evaluation: Evaluation,
): Promise<{ evaluation: Rfc7489Evaluation; differences: Rfc7489Difference[] } | undefined> {
  const { authorDomain } = evaluation;
  if (authorDomain === undefined) return undefined;
  const source = recordSource(options.resolveTxt);
  const older = await evaluateByList(authorDomain, options, source);
  const walked = await byTreeWalk(source)(authorDomain);
  return { evaluation: older, differences: differencesOf(evaluation, older, walked) };
}

async function evaluateByList(
  authorDomain: string,
  { dkim, spf, publicSuffixOf }: Pick<EvaluateOptions, "dkim" | "spf"> & { publicSuffixOf: PublicSuffixOf },
  source: RecordSource,
): Promise<Rfc7489Evaluation> {
  const organizationOf = (domain: string): string => belowSuffix(domain, publicSuffixOf);
  const organizationalDomain = organizationOf(authorDomain);
  const without = (result: DmarcResult): Rfc7489Evaluation => ({
    result,
    organizationalDomain,
    policyDomain: undefined,
    policy: undefined,
    percent: 100,
  });
  const found = await discoverByList(authorDomain, organizationalDomain, source);
  if (found.lookup.state === "unknown") return without("temperror");
  if (found.lookup.state === "absent") return without("none");
  const { record } = found.lookup;
  const policy = policyByList(record, found.domain !== authorDomain);
  if (policy === undefined) return without("permerror");
  const organizationalDomainOf: OrganizationalDomainOf = (domain) => Promise.resolve(organizationOf(domain));
  const { adkim, aspf } = record;
  const { outcome } = await judgeIdentifiers({ authorDomain, dkim, spf, adkim, aspf, organizationalDomainOf });
  return {
    result: outcome === "unknown" ? "temperror" : outcome,
    organizationalDomain,
    policyDomain: found.domain,
    policy,
    percent: percentOf(record),
  };
}

/** The public suffix and one label (RFC 7489 §3.2). A public suffix is its own organization. */
function belowSuffix(domain: string, publicSuffixOf: PublicSuffixOf): string {
  const labels = domain.split(".");
  const suffix = publicSuffixOf(domain) ?? labels.at(-1)!;
  return labels.slice(-(suffix.split(".").length + 1)).join(".");
}

/** RFC 7489 §6.6.3: the author domain, and if there is no record at all, the organizational domain. Two records end it. */
async function discoverByList(
  authorDomain: string,
  organizationalDomain: string,
  source: RecordSource,
): Promise<{ domain: string; lookup: RecordLookup }> {
  const own = await source.lookUp(authorDomain);
  if (own.state !== "absent" || own.cause === "several-records" || authorDomain === organizationalDomain)
    return { domain: authorDomain, lookup: own };
  return { domain: organizationalDomain, lookup: await source.lookUp(organizationalDomain) };
}

/** The policy tags by RFC 7489 §6.6.3 step 6: without a valid `p=`, or with a bad `sp=`, `rua=` makes it `none`. */
function policyByList({ tags, rua }: PolicyRecord, isSubdomain: boolean): Policy | undefined {
  const [p, sp] = [policyOf(tags.get("p")), policyOf(tags.get("sp"))];
  if (p === undefined || (tags.has("sp") && sp === undefined)) return rua.length > 0 ? "none" : undefined;
  return isSubdomain ? (sp ?? p) : p;
}

const policyOf = (value: string | undefined): Policy | undefined =>
  (["none", "quarantine", "reject"] as const).find((policy) => policy === value?.toLowerCase());

function percentOf({ tags }: PolicyRecord): number {
  const pct = tags.get("pct");
  return pct !== undefined && /^(?:\d{1,2}|100)$/.test(pct) ? Number(pct) : 100;
}

function differencesOf(
  newer: Evaluation,
  older: Rfc7489Evaluation,
  walkedDomain: string | undefined,
): Rfc7489Difference[] {
  const differences: Rfc7489Difference[] = [];
  const differ = (kind: Rfc7489Difference["kind"], text: string): void => void differences.push({ kind, text });
  const { applied } = newer;
  if (walkedDomain !== undefined && walkedDomain !== older.organizationalDomain)
    differ(
      "organizational-domain",
      `The tree walk finds the organizational domain ${walkedDomain}, the public suffix list ${older.organizationalDomain}.${capturedAdvice(walkedDomain, older.organizationalDomain)}`,
    );
  if (applied?.domain !== older.policyDomain)
    differ(
      "policy-domain",
      `By RFC 9989 ${recordOf(applied?.domain)} applies, by RFC 7489 ${recordOf(older.policyDomain)}.`,
    );
  if (applied?.policy !== older.policy)
    differ(
      "policy",
      `By RFC 9989 the policy is ${applied?.policy ?? "none at all"}, by RFC 7489 ${older.policy ?? "none at all"}.`,
    );
  if (older.percent < 100)
    differ(
      "sampling",
      `By RFC 7489 the policy is asked for ${older.percent} of 100 messages that fail (pct=). RFC 9989 has no such choice.`,
    );
  if (newer.result !== older.result)
    differ("result", `By RFC 9989 the result is ${newer.result}, by RFC 7489 ${older.result}.`);
  return differences;
}

/** What helps where a record above an organization takes it in (RFC 9989 §11.8, DMARC-T-15). */
const capturedAdvice = (walkedDomain: string, listedDomain: string): string =>
  isAtOrBelow(listedDomain, walkedDomain)
    ? ` If others than the owner of ${walkedDomain} have ${listedDomain}, a DMARC record there with psd=n sets it apart.`
    : "";

const recordOf = (domain: string | undefined): string =>
  domain === undefined ? "no record" : `the record of ${domain}`;
