import type { PolicyRecord } from "./policy-record.ts";
import type { RecordLookup, RecordSource } from "./record-lookup.ts";

/** One name of a walk and what stood at it. */
export type WalkStep = { domain: string; lookup: RecordLookup };

/** How a walk ended: all that it had to see was seen, or a name on the way gave no answer and nothing can be said. */
export type Walk = { steps: WalkStep[]; complete: boolean };

/** A longer name is asked for itself and then from this many labels on, so that no walk asks more than eight names (§4.10). */
const shortenedLabels = 7;

/** The names that a walk from `domain` may ask, in order: itself and what is above it, down to one label, never the root. */
export function walkTargets(domain: string): string[] {
  const labels = domain.split(".");
  const targets = [domain];
  for (let count = Math.min(labels.length - 1, shortenedLabels); count > 0; count--)
    targets.push(labels.slice(-count).join("."));
  return targets;
}

/**
 * The DNS tree walk (RFC 9989 §4.10): ask each target in turn and stop at a record that says `psd=y` or `psd=n`. It also stops
 * where the DNS gives no answer: a record that is not known may be one that ends the walk.
 */
export async function walkTree(domain: string, source: RecordSource): Promise<Walk> {
  const steps: WalkStep[] = [];
  for (const target of walkTargets(domain)) {
    const lookup = await source.lookUp(target);
    steps.push({ domain: target, lookup });
    if (lookup.state === "unknown") return { steps, complete: false };
    if (lookup.state === "present" && lookup.record.psd !== "u") break;
  }
  return { steps, complete: true };
}

type Found = { domain: string; record: PolicyRecord };

const recordsOf = (walk: Walk): Found[] =>
  walk.steps.flatMap(({ domain, lookup }) => (lookup.state === "present" ? [{ domain, record: lookup.record }] : []));

/**
 * The organizational domain of the name that a complete walk began at (§4.10.2). From the longest name to the shortest:
 * `psd=n` is it; `psd=y`, except at the beginning, has it one label below; else it is the shortest name with a record; without
 * any record it is the name itself.
 */
export function organizationalDomain(walk: Walk): string {
  const start = walk.steps[0]!.domain;
  const found = recordsOf(walk);
  for (const { domain, record } of found) {
    if (record.psd === "n") return domain;
    if (record.psd === "y" && domain !== start) return oneLabelBelow(domain, start);
  }
  return found.at(-1)?.domain ?? start;
}

/** The name one label longer than `ancestor` on the way to `domain`. */
const oneLabelBelow = (ancestor: string, domain: string): string =>
  domain
    .split(".")
    .slice(-(ancestor.split(".").length + 1))
    .join(".");

/** Whose record a policy comes from. */
export type PolicySource = "author-domain" | "organizational-domain" | "public-suffix-domain";

export type Discovery =
  | { state: "present"; record: PolicyRecord; domain: string; source: PolicySource; steps: WalkStep[] }
  | { state: "absent"; steps: WalkStep[] }
  | { state: "unknown"; steps: WalkStep[] };

/**
 * Policy discovery (§4.10.1): the record of the author domain, else that of its organizational domain, else that of its public
 * suffix domain. Where the author domain has a record, nothing else is asked.
 */
export async function discoverPolicy(authorDomain: string, source: RecordSource): Promise<Discovery> {
  const own = await source.lookUp(authorDomain);
  const steps = [{ domain: authorDomain, lookup: own }];
  if (own.state === "unknown") return { state: "unknown", steps };
  if (own.state === "present")
    return { state: "present", record: own.record, domain: authorDomain, source: "author-domain", steps };
  const walk = await walkTree(authorDomain, source);
  if (!walk.complete) return { state: "unknown", steps: walk.steps };
  const organizational = organizationalDomain(walk);
  const found = recordsOf(walk);
  const ofOrganization = found.find(({ domain }) => domain === organizational);
  if (ofOrganization !== undefined)
    return { state: "present", ...ofOrganization, source: "organizational-domain", steps: walk.steps };
  const ofSuffix = found.find(({ record }) => record.psd === "y");
  if (ofSuffix !== undefined)
    return { state: "present", ...ofSuffix, source: "public-suffix-domain", steps: walk.steps };
  return { state: "absent", steps: walk.steps };
}
