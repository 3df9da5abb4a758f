import { randomBytes } from "node:crypto";
import { rdataText, TYPE, typeName } from "chancery/dns";
import { parse } from "tldts";
import type { Lookup, Resolution } from "../../engine/resolver/resolution.ts";
import { commonSelectors } from "../../model/audit/discovery/common-selectors.ts";
import type { Candidate } from "../../model/delegation/method-advice.ts";
import { methodOf } from "../../model/delegation/delegation-methods.ts";
import type { DomainSurvey, NameSurvey } from "../../model/delegation/domain-survey.ts";

/** Long enough for a slow server, short enough for somebody who waits. Everything is asked side by side. */
const waitMs = 4000;
/** So many of the most common selectors are tried: finding one is worth a word, and not finding any proves nothing. */
const selectorsMax = 25;

const types = [TYPE.A, TYPE.AAAA, TYPE.MX, TYPE.NS, TYPE.TXT];

/** Looks at what stands where delegations would be made. `ours`: names that an earlier delegation to us explains. */
export async function surveyDomain(
  domain: string,
  candidates: readonly Candidate[],
  lookup: Lookup,
): Promise<DomainSurvey> {
  const signal = AbortSignal.timeout(waitMs);
  const asked = (name: string, type: number): Promise<Resolution> => lookup.lookup(name, type, signal);
  const zones = candidates.flatMap(({ claim }) => methodOf(claim.method).ownZone(claim) ?? []);
  const published = candidates.flatMap(({ records }) =>
    records.filter(({ purpose }) => purpose !== "challenge").map(({ name }) => name),
  );
  const names = [...new Set([domain, `_domainkey.${domain}`, ...zones, ...published])];
  const random = `${randomBytes(6).toString("hex")}._domainkey.${domain}`;
  const selectors = commonSelectors.slice(0, selectorsMax).map((selector) => `${selector}._domainkey.${domain}`);
  const [surveyed, wildcard, ds, others] = await Promise.all([
    Promise.all(
      names.map(async (name) => ({ name, answers: await Promise.all(types.map((type) => asked(name, type))) })),
    ),
    asked(random, TYPE.TXT),
    asked(domain, TYPE.DS),
    Promise.all(selectors.filter((name) => !names.includes(name)).map((name) => asked(name, TYPE.TXT))),
  ]);
  const stands = ({ outcome, aliases }: Resolution): boolean => outcome === "present" || aliases.length > 0;
  const hasWildcard = stands(wildcard);
  return {
    domain,
    isMain: parse(domain, { allowPrivateDomains: true }).domain === domain,
    asked: surveyed.some(
      ({ name, answers }) => name === domain && answers.some(({ outcome }) => outcome !== "unknown"),
    ),
    names: surveyed.map(({ name, answers }) => ({
      name,
      found: foundIn(name, answers, hasWildcard && name !== domain),
    })),
    otherSelectors: hasWildcard ? [] : others.filter(stands).map(({ question }) => question.name),
    wildcard: hasWildcard,
    signed: ds.outcome === "present",
  };
}

/** What stands at the very name: where an alias does, nothing else counts. What a wildcard answers stands nowhere. */
function foundIn(name: string, answers: readonly Resolution[], covered: boolean): NameSurvey["found"] {
  if (covered) return {};
  const alias = answers.flatMap(({ aliases }) => aliases).find((one) => one.name === name);
  if (alias !== undefined) return { CNAME: [alias.target] };
  return Object.fromEntries(
    answers
      .filter(({ outcome }) => outcome === "present")
      .map(({ question, records }) => [
        typeName(question.type),
        records.map(({ type, data }) => rdataText(type, data)),
      ]),
  );
}
