import { isAtOrBelow } from "chancery/dns";
import { methodOf } from "./delegation-methods.ts";
import type { Claim, CustomerRecord, MethodName } from "./delegation.ts";
import { contentsOf, type DomainSurvey, surveyOf } from "./domain-survey.ts";
import { type MethodCard, methodCards } from "./method-card.ts";

/** A method as it stands for one domain: its card, and what the domain's DNS says for and against it. */
export type MethodAdvice = MethodCard & {
  method: MethodName;
  /** "no": it cannot be done, or must not be, as things are. */
  fits: "yes" | "with-care" | "no";
  pros: string[];
  cons: string[];
};

export type Advice = { recommended: MethodName; methods: MethodAdvice[] };

/** A method that is asked about: the claim as it would be, and what its customer would publish. */
export type Candidate = { claim: Claim; records: readonly CustomerRecord[] };

/**
 * In the order in which they are recommended where nothing speaks against them: little work, nothing of others touched, nothing given away
 * that is not needed. A name that exists to send, and carries nothing else, is best delegated whole.
 */
const preference: readonly (keyof typeof methodCards)[] = [
  "cname-ring",
  "ns-branch",
  "cname-series",
  "ns-domainkey",
  "ns-subdomain",
  "txt",
  "cname-chain",
  "customer-key",
  "third-party-domain",
];

/** Compares the methods for one domain. `survey` undefined: for no domain in particular. */
export function adviseMethods(candidates: readonly Candidate[], survey: DomainSurvey | undefined): Advice {
  const methods = candidates
    .map((candidate) => advise(candidate, survey?.asked === true ? survey : undefined))
    .toSorted((a, b) => rank(a, survey) - rank(b, survey));
  const [first] = methods;
  if (first === undefined) throw new Error("there is at least one method");
  return { recommended: first.method, methods };
}

const fitRank = { yes: 0, "with-care": 100, no: 200 } as const;

function rank({ method, fits }: MethodAdvice, survey: DomainSurvey | undefined): number {
  const whole = survey?.asked === true && isEmptySubdomain(survey) && method === wholeMethod;
  return fitRank[fits] + (whole ? -1 : preference.indexOf(method));
}
const wholeMethod = "ns-subdomain";

const isEmptySubdomain = (survey: DomainSurvey): boolean =>
  !survey.isMain && contentsOf(surveyOf(survey, survey.domain)).length === 0 && survey.otherSelectors.length === 0;

function advise({ claim, records }: Candidate, survey: DomainSurvey | undefined): MethodAdvice {
  const { method } = claim;
  const row = methodOf(method);
  const card = methodCards[method];
  const facts = survey === undefined ? [] : factsAbout({ claim, records }, survey);
  const always: Fact[] = [
    ...(row.proof === "operator"
      ? [{ weight: "no" as const, text: "DMARC does not align with it, and only the operator may use it" }]
      : []),
    ...(row.keeper === "customer" ? [{ weight: "care" as const, text: "each rotation waits for the customer" }] : []),
  ];
  const all = [...always, ...facts];
  const fits = all.some(({ weight }) => weight === "no")
    ? "no"
    : all.some(({ weight }) => weight === "care")
      ? "with-care"
      : "yes";
  const texts = (...weights: Fact["weight"][]): string[] =>
    all.filter(({ weight }) => weights.includes(weight)).map(({ text }) => text);
  return { method, ...card, fits, pros: texts("pro"), cons: texts("care", "no") };
}

type Fact = { weight: "pro" | "care" | "no"; text: string };

/** What the domain's DNS says about one method. */
function factsAbout({ claim, records }: Candidate, survey: DomainSurvey): Fact[] {
  const { domain } = claim;
  const row = methodOf(claim.method);
  const zone = row.ownZone(claim);
  const facts: Fact[] = [];
  const add = (weight: Fact["weight"], text: string): number => facts.push({ weight, text });
  if (zone === undefined) {
    const taken = [...new Set(records.filter(({ purpose }) => purpose !== "challenge").map(({ name }) => name))].filter(
      (name) => contentsOf(surveyOf(survey, name)).length > 0,
    );
    if (taken.length > 0) add("care", `something stands at ${taken.join(", ")} already`);
    if (survey.wildcard && records.length > 0)
      add("no", `a wildcard answers below _domainkey.${domain}: it has to go first`);
    if (survey.otherSelectors.length > 0 && records.length > 0) add("pro", "selectors of others stay as they are");
    return facts;
  }
  const found = surveyOf(survey, zone);
  const hidden = survey.otherSelectors.filter((name) => isAtOrBelow(name, zone));
  if (zone === domain && survey.isMain)
    add("no", `${domain} is the main domain: its web site, its mail and every name below it would move`);
  else if (zone === domain) {
    const live = contentsOf(found).filter((content) => !content.startsWith("NS "));
    if (live.length > 0) add("care", `${zone} carries ${live.slice(0, 3).join(", ")}: that would move`);
    else add("pro", `${zone} carries nothing: keys, SPF and bounces can all be ours`);
  } else if (found["NS"] !== undefined) add("care", `${zone} is delegated to ${found["NS"].join(", ")} already`);
  else if (contentsOf(found).length > 0) add("care", `something stands at ${zone} already`);
  if (hidden.length > 0)
    add(
      "care",
      `it would hide ${hidden.slice(0, 5).join(", ")}${hidden.length > 5 ? ", …" : ""}: they have to be taken over first`,
    );
  else if (survey.otherSelectors.length > 0) add("pro", "selectors of others stay as they are");
  if (survey.signed)
    add(
      "pro",
      "the domain is signed: a delegation without DS is answered as unsigned, which verifiers take; a DS can follow",
    );
  return facts;
}
