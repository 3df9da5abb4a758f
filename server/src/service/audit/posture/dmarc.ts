import { randomBytes } from "node:crypto";
import {
  byTreeWalk,
  discoverPolicy,
  parsePolicyRecord,
  type RecordSource,
  recordSource,
  type ReportUri,
} from "chancery/dmarc";
import { txtResolver } from "../../../engine/resolver/resolve-txt.ts";
import type { DmarcEvidence } from "../../../model/audit/evidence/domain.ts";
import { listedOrganizationOf } from "../registrable-domain.ts";
import type { Ask } from "./ask.ts";

/** More destinations are not looked at: whoever reports has to send to all of them. */
const destinationsMax = 10;

/** Finds the policy that applies to a domain, by both standards, and what stands around it. */
export async function gatherDmarc(domain: string, ask: Ask): Promise<DmarcEvidence> {
  const source = recordSource(txtResolver(ask.lookup));
  const discovery = await discoverPolicy(domain, source);
  const walked = await byTreeWalk(source)(domain);
  const asked = await Promise.all(
    discovery.steps.map(async (step) => ({ domain: step.domain, answer: await ask.texts(`_dmarc.${step.domain}`) })),
  );
  const applies = await appliesOf(discovery, ask);
  return {
    asked,
    applies,
    organizationalDomain: walked,
    listed: await byList(domain, source),
    exists: await source.existence(domain),
    misplaced: applies.state === "absent" ? await misplacedRecords(domain, ask) : [],
    wildcards: await wildcardRecords(domain, ask),
    destinations: applies.state === "present" ? await destinationsOf(applies, source, ask) : [],
  };
}

async function appliesOf(
  discovery: Awaited<ReturnType<typeof discoverPolicy>>,
  ask: Ask,
): Promise<DmarcEvidence["applies"]> {
  if (discovery.state !== "present") return { state: discovery.state };
  const { domain, source } = discovery;
  const [text = ""] = (await policyTexts(`_dmarc.${domain}`, ask)).slice(0, 1);
  return { state: "present", domain, source, text };
}

/** The texts at a name that are policy records. */
async function policyTexts(name: string, ask: Ask): Promise<string[]> {
  const answer = await ask.texts(name);
  return answer.state === "present" ? answer.values.filter((text) => parsePolicyRecord(text).ok) : [];
}

/** RFC 7489 §6.6.3: the domain, then what stands right below the public suffix. */
async function byList(domain: string, source: RecordSource): Promise<DmarcEvidence["listed"]> {
  const organizationalDomain = listedOrganizationOf(domain);
  for (const at of new Set([domain, organizationalDomain])) {
    const lookup = await source.lookUp(at);
    if (lookup.state === "unknown") return "unknown";
    if (lookup.state === "present") return { organizationalDomain, policyDomain: at };
    if (lookup.cause === "several-records") break;
  }
  return { organizationalDomain, policyDomain: undefined };
}

async function misplacedRecords(domain: string, ask: Ask): Promise<DmarcEvidence["misplaced"]> {
  const places: readonly [name: string, mistake: string][] = [
    [domain, "it stands at the domain itself, without _dmarc"],
    [`dmarc.${domain}`, "the underscore before dmarc is missing"],
    [`_dmarc.${domain}.${domain}`, "the domain is doubled, as DNS hosts do that append it themselves"],
    [`_domainkey.${domain}`, "it stands at _domainkey, where keys are"],
  ];
  const misplaced: { name: string; mistake: string; text: string }[] = [];
  for (const [name, mistake] of places)
    for (const text of name.length > 253 ? [] : await policyTexts(name, ask)) misplaced.push({ name, mistake, text });
  return misplaced;
}

/** Asks for names that nobody made up: what answers is a wildcard. */
async function wildcardRecords(domain: string, ask: Ask): Promise<DmarcEvidence["wildcards"]> {
  const random = `c${randomBytes(8).toString("hex")}`;
  const probes: readonly [probe: string, owner: string][] = [
    [`_dmarc.${random}.${domain}`, `*.${domain}`],
    [`${random}._dmarc.${domain}`, `*._dmarc.${domain}`],
  ];
  for (const [probe, owner] of probes) {
    const texts = probe.length > 253 ? [] : await policyTexts(probe, ask);
    // The first wildcard may answer the second question as well.
    if (texts.length > 0) return texts.map((text) => ({ owner, text }));
  }
  return [];
}

/** RFC 9990 §4: a host outside of the policy domain's organization has to say that it wants the reports. */
async function destinationsOf(
  { domain, text }: { domain: string; text: string },
  source: RecordSource,
  ask: Ask,
): Promise<DmarcEvidence["destinations"]> {
  const record = parsePolicyRecord(text);
  if (!record.ok) return [];
  const organizationOf = byTreeWalk(source);
  const organization = await organizationOf(domain);
  const seen: DmarcEvidence["destinations"][number][] = [];
  for (const tag of ["rua", "ruf"] as const)
    for (const uri of record.value[tag].slice(0, destinationsMax)) {
      const host = hostOf(uri);
      if (host === undefined) continue;
      const destination = { tag, uri: uri.uri, host };
      const isOwn = host === domain || (organization !== undefined && organization === (await organizationOf(host)));
      const name = `${domain}._report._dmarc.${host}`;
      const needsNone = isOwn || name.length > 253;
      seen.push(needsNone ? destination : { ...destination, authorisation: { name, answer: await ask.texts(name) } });
    }
  return seen;
}

const hostOf = ({ address }: ReportUri): string | undefined => address?.slice(address.lastIndexOf("@") + 1);
