import type { Lookup } from "../../engine/resolver/resolution.ts";
import { expectedRecords } from "../../model/delegation/delegation-methods.ts";
import { delegationWarnings, type DelegationWarning } from "../../model/delegation/delegation-warning.ts";
import type { Claim, DnsSettings, MethodName } from "../../model/delegation/delegation.ts";
import { methodOf } from "../../model/delegation/delegation-methods.ts";
import type { AlignmentForecast } from "../../model/delegation/alignment-forecast.ts";
import { type Advice, adviseMethods, type Candidate } from "../../model/delegation/method-advice.ts";
import { forecastAlignment } from "./forecast.ts";
import { surveyDomain } from "./survey.ts";

/** What has to be known of a claim that may never be made. */
export type Prospect = { domain: string; label: string };

/** The claim as it would be under each method; its secrets are nobody's. */
const candidatesOf = ({ domain, label }: Prospect, methods: readonly MethodName[], dns: DnsSettings): Candidate[] =>
  methods.map((method) => {
    const claim: Claim = { domain, label, method, seed: "", challengeToken: "", options: {} };
    return { claim, records: expectedRecords(claim, ["primary"], dns) };
  });

/** The methods compared for a domain, or for none. `dns`: whether the domain's DNS could be asked. */
export async function compareMethods(
  domain: string | undefined,
  methods: readonly MethodName[],
  settings: { label: string; dns: DnsSettings },
  lookup: Lookup,
): Promise<Advice & { dns: "asked" | "unavailable" | "not-asked" }> {
  const prospect = { domain: domain ?? "customer.example", label: settings.label };
  const candidates = candidatesOf(prospect, methods, settings.dns);
  const survey = domain === undefined ? undefined : await surveyDomain(domain, candidates, lookup);
  const dns = survey === undefined ? "not-asked" : survey.asked ? "asked" : "unavailable";
  return { ...adviseMethods(candidates, survey), dns };
}

/** What is known before a delegation begins: how mail will align, and what the delegation would take along. */
export async function beforeItStarts(
  claim: Claim,
  from: readonly string[],
  dns: DnsSettings,
  lookup: Lookup,
): Promise<{ forecast: AlignmentForecast[]; warnings: DelegationWarning[]; dns: "asked" | "unavailable" }> {
  const records = expectedRecords(claim, ["primary", "second"], dns);
  const signingDomain = methodOf(claim.method).signingDomain(claim, dns);
  const [survey, forecast] = await Promise.all([
    surveyDomain(claim.domain, [{ claim, records }], lookup),
    forecastAlignment(from, signingDomain, lookup),
  ]);
  return {
    forecast,
    warnings: delegationWarnings(claim, records, survey),
    dns: survey.asked ? "asked" : "unavailable",
  };
}
