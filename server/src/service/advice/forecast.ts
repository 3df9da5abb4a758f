import {
  alignmentOf,
  discoverPolicy,
  organizationalDomain,
  recordSource,
  type RecordSource,
  satisfies,
  walkTree,
} from "chancery/dmarc";
import { domainToASCII } from "node:url";
import { getDomain } from "tldts";
import type { Lookup } from "../../engine/resolver/resolution.ts";
import { txtResolver } from "../../engine/resolver/resolve-txt.ts";
import { type AlignmentForecast, forecastText } from "../../model/delegation/alignment-forecast.ts";
import { Refusal } from "../refusal.ts";

/** As many as anybody signs for by one delegation. */
const fromMax = 20;
const waitMs = 4000;

/** How mail From these addresses or domains will stand to DMARC when it is signed with `d=`. Refuses what is neither. */
export async function forecastAlignment(
  from: readonly string[],
  signingDomain: string,
  lookup: Lookup,
): Promise<AlignmentForecast[]> {
  const domains = authorDomains(from);
  if (domains.length === 0) return [];
  const signal = AbortSignal.timeout(waitMs);
  const answers = new Map<string, Promise<string[][]>>();
  const resolve = txtResolver({ lookup: (name, type) => lookup.lookup(name, type, signal) });
  const source = recordSource((name) => {
    const known = answers.get(name) ?? resolve(name);
    answers.set(name, known);
    return known;
  });
  return Promise.all(domains.map((domain) => forecastOne(domain, signingDomain, source)));
}

/** The domains of From addresses, each once. */
export function authorDomains(from: readonly string[]): string[] {
  if (from.length > fromMax) throw new Refusal("invalid-input", `at most ${fromMax} From addresses are looked at`);
  const domains = from.map((written) => {
    const name = domainToASCII(
      written
        .slice(written.lastIndexOf("@") + 1)
        .trim()
        .replace(/\.$/, ""),
    ).toLowerCase();
    if (!/^(?=.{4,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9-]{2,63}$/.test(name))
      throw new Refusal(
        "invalid-input",
        `${JSON.stringify(written.slice(0, 100))} is neither an address nor a domain; news@example.com is one`,
      );
    return name;
  });
  return [...new Set(domains)];
}

async function forecastOne(from: string, signingDomain: string, source: RecordSource): Promise<AlignmentForecast> {
  const [policy, alignment] = await Promise.all([
    discoverPolicy(from, source),
    alignmentOf(from, signingDomain, (domain) => organizationOf(domain, source)),
  ]);
  const adkim = policy.state === "unknown" ? null : policy.state === "present" ? policy.record.adkim : "relaxed";
  const aligned =
    adkim === null && alignment === "relaxed" ? ("unknown" as const) : satisfies(alignment, adkim ?? "relaxed");
  const forecast = { from, signingDomain, alignment, adkim, aligned };
  return { ...forecast, text: forecastText(forecast, policy.state === "present" ? policy.domain : undefined) };
}

/** By the tree walk (RFC 9989 §4.10.2); where no record is on the way, whoever registered the name. Undefined: DNS did not answer. */
async function organizationOf(domain: string, source: RecordSource): Promise<string | undefined> {
  const walk = await walkTree(domain, source);
  if (!walk.complete) return undefined;
  const hasRecord = walk.steps.some(({ lookup }) => lookup.state === "present");
  return hasRecord ? organizationalDomain(walk) : (getDomain(domain, { allowPrivateDomains: true }) ?? domain);
}
