import type { Policy } from "chancery/dmarc";
import { type AppliedPolicy, appliedPolicy } from "../checks/domain/dmarc-policy.ts";
import type { DmarcEvidence } from "../evidence/domain.ts";

/** What the DMARC policy means for mail that claims to be from the domain, for somebody who has never read one. */
export function explainDmarc(domain: string, dmarc: DmarcEvidence): string[] {
  if (dmarc.applies.state === "unknown") return ["DNS gave no answer, so nobody can say now which policy applies."];
  const policy = appliedPolicy(dmarc);
  if (policy === undefined)
    return [
      `No DMARC record applies to ${domain}. Receivers decide on their own what to do with mail that claims to be from it, and tell you nothing.`,
    ];
  return [
    ...(domain.split(".").length > labelsMax && policy.domain !== domain ? [tooDeep(domain)] : []),
    whose(domain, policy),
    asked(domain, policy),
    aligned(domain, policy),
    ...subdomains(policy, dmarc),
    ...reports(policy),
    ...older(policy),
  ];
}

/** A longer name is asked for itself, and then only names of seven labels and less (RFC 9989 §4.10). */
const labelsMax = 8;

const tooDeep = (domain: string): string =>
  `${domain} has more than ${labelsMax} labels: receivers skip the names right above it, so it needs a record of its own.`;

function whose(domain: string, { owner, domain: at, tag }: AppliedPolicy): string {
  if (at === domain) return `The record at ${owner} is the domain's own.`;
  const speaks =
    tag === "p"
      ? "its p= is for subdomains as well"
      : `its ${tag}= speaks for ${tag === "np" ? "names that do not exist" : "subdomains"}`;
  return `${domain} has no record of its own. The one at ${owner} applies: ${speaks}.`;
}

const treatments: Record<Policy, string> = {
  none: "deliver it as if there were no policy, and only count it",
  quarantine: "treat it as suspicious, which mostly means the spam folder",
  reject: "refuse it",
};

function asked(domain: string, { published, effective, record }: AppliedPolicy): string {
  if (published === undefined || effective === undefined)
    return "What it asks for cannot be read, so receivers apply no DMARC at all.";
  const treatment = `Mail from ${domain} that fails DMARC: receivers are asked to ${treatments[effective]}`;
  return record.testing
    ? `${treatment}. The record says ${published}, and that it is a test (t=y): one level less.`
    : `${treatment}.`;
}

function aligned(domain: string, { record: { adkim, aspf } }: AppliedPolicy): string {
  const names = (mode: "relaxed" | "strict"): string =>
    mode === "strict" ? `exactly ${domain}` : `${domain} or another name of the same organization`;
  return adkim === aspf
    ? `Mail passes when a DKIM signature of ${names(adkim)} verifies, or SPF passes for it. Only the signature survives forwarding.`
    : `Mail passes when a DKIM signature of ${names(adkim)} verifies, or SPF passes for ${names(aspf)}. Only the signature survives forwarding.`;
}

/** Only the record of an organization says something about the names below it (RFC 9989 §4.7). */
function subdomains({ domain, record, published }: AppliedPolicy, { organizationalDomain }: DmarcEvidence): string[] {
  if (domain !== organizationalDomain || published === undefined) return [];
  const existing = record.sp ?? record.p;
  const missing = record.np ?? existing;
  if (existing === record.p && missing === record.p)
    return [`Names below ${domain} get the same policy, unless they have a record of their own.`];
  return [
    `Names below ${domain} without a record of their own get ${existing ?? ""}, and those that do not exist ${missing ?? ""}.`,
  ];
}

function reports({ record: { rua, ruf } }: AppliedPolicy): string[] {
  const places = rua.map(({ address, uri }) => address ?? uri).join(", ");
  return [
    rua.length === 0 ? "Nobody is asked to send reports." : `Receivers are asked to send a daily summary to ${places}.`,
    ...(ruf.length === 0
      ? []
      : [
          `Reports on single messages, which few receivers send, go to ${ruf.map(({ address, uri }) => address ?? uri).join(", ")}.`,
        ]),
  ];
}

/** What receivers make of the record that still go by RFC 7489. */
function older({ record: { tags } }: AppliedPolicy): string[] {
  const pct = tags.get("pct");
  return pct === undefined || pct === "100"
    ? []
    : [
        `Receivers that still go by the old standard apply it to ${pct} of 100 messages (pct=); the new one has no such choice.`,
      ];
}
