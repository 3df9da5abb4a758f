import { isAtOrBelow } from "chancery/dns";
import { methodOf } from "./delegation-methods.ts";
import type { Claim, CustomerRecord } from "./delegation.ts";
import { contentsOf, type DomainSurvey, type NameSurvey, surveyOf } from "./domain-survey.ts";

/** Something to think of before a delegation is made. It hinders nothing. */
export type DelegationWarning = {
  code:
    | "LiveWebSite"
    | "LiveMail"
    | "LiveSpf"
    | "MainDomain"
    | "NameInUse"
    | "OtherSelectors"
    | "AlreadyDelegated"
    | "WildcardInTheWay";
  subject: string;
  summary: string;
  /** What was seen there. */
  seen: string[];
  /** What to do. */
  remedy: string;
};

/** What the delegation of a claim would take along or run into. Nothing is said where DNS could not be asked. */
export function delegationWarnings(
  claim: Claim,
  records: readonly CustomerRecord[],
  survey: DomainSurvey,
): DelegationWarning[] {
  if (!survey.asked) return [];
  const zone = methodOf(claim.method).ownZone(claim);
  // An alias that is handed on stands there until ours is served: that is how it begins.
  const isHandedOn = methodOf(claim.method).upstreamAliases !== undefined;
  const aliases = records.filter(({ purpose }) => purpose === "key-alias" || purpose === "key-record");
  return [
    ...(survey.isMain && records.length > 0 ? [mainDomain(claim.domain)] : []),
    ...(zone === undefined ? [] : movedAlong(claim, zone, survey)),
    ...[...new Set(isHandedOn ? [] : aliases.map(({ name }) => name))].flatMap((name) =>
      inUse(name, surveyOf(survey, name)),
    ),
    ...(survey.wildcard && aliases.length > 0 ? [wildcardInTheWay(claim.domain)] : []),
  ];
}

const mainDomain = (domain: string): DelegationWarning => ({
  code: "MainDomain",
  subject: domain,
  summary: "this is the organisation's main domain: what is signed as it carries the reputation of all its mail",
  seen: [],
  remedy: `think of a subdomain that only sends, for example email.${domain}; mail From ${domain} stays aligned with it unless adkim=s`,
});

/** Everything at and below a delegated name is asked of us from then on. */
function movedAlong({ domain }: Claim, zone: string, survey: DomainSurvey): DelegationWarning[] {
  const found = surveyOf(survey, zone);
  const at = (types: readonly string[]): string[] =>
    contentsOf(Object.fromEntries(Object.entries(found).filter(([type]) => types.includes(type))));
  const web = at(["A", "AAAA", "CNAME"]);
  const mail = at(["MX"]);
  const spf = at(["TXT"]).filter((text) => /^TXT "?v=spf1\b/i.test(text));
  const others = survey.otherSelectors.filter((name) => isAtOrBelow(name, zone));
  const hidden = (what: string) =>
    `${what} at ${zone} moves to us with the delegation, and is gone until it is made anew in our zone`;
  const servers = zone === domain ? [] : at(["NS"]); // a domain of its own has its own servers already
  const warnings: (DelegationWarning | undefined)[] = [
    warning(
      "LiveWebSite",
      zone,
      hidden("a web site (or whatever answers there)"),
      web,
      `delegate a name that carries nothing, or put these records into our zone first`,
    ),
    warning(
      "LiveMail",
      zone,
      hidden("incoming mail"),
      mail,
      `delegate a name that receives no mail, or put the MX into our zone first`,
    ),
    warning(
      "LiveSpf",
      zone,
      hidden("the SPF record"),
      spf,
      `put it into our zone first: "chancery zone template spf ${zone}"`,
    ),
    warning(
      "AlreadyDelegated",
      zone,
      "the name is delegated to other name servers",
      servers,
      `ask them what they answer for there; the delegation to us takes their place`,
    ),
    warning(
      "OtherSelectors",
      zone,
      "selectors of others stand below the delegated name, and would be hidden",
      others,
      `have them taken over first, or choose a method that leaves them: ns-branch, cname-ring`,
    ),
  ];
  return warnings.filter((one) => one !== undefined);
}

const warning = (
  code: DelegationWarning["code"],
  subject: string,
  summary: string,
  seen: string[],
  remedy: string,
): DelegationWarning | undefined => (seen.length === 0 ? undefined : { code, subject, summary, seen, remedy });

function inUse(name: string, found: NameSurvey["found"]): DelegationWarning[] {
  const summary = "something stands at a name that is asked for: an alias cannot stand beside it";
  const remedy = "if nobody signs with that selector any more, replace it; else use another label (delegation.label)";
  return [warning("NameInUse", name, summary, contentsOf(found), remedy)].filter((one) => one !== undefined);
}

const wildcardInTheWay = (domain: string): DelegationWarning => ({
  code: "WildcardInTheWay",
  subject: `*._domainkey.${domain}`,
  summary: "a name that nobody made answers: keys cannot be told from it, and none will be used",
  seen: [],
  remedy: `remove the wildcard record that answers below _domainkey.${domain}`,
});
