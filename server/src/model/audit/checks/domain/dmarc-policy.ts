import { parsePolicyRecord, type Policy, type PolicyRecord } from "chancery/dmarc";
import type { DmarcEvidence } from "../../evidence/domain.ts";

/** The policy that RFC 9989 applies to mail from the audited domain. */
export type AppliedPolicy = {
  /** Where the record stands: `_dmarc.` and its domain. */
  owner: string;
  domain: string;
  text: string;
  record: PolicyRecord;
  /** Which tag speaks for the audited domain (§4.10.1). */
  tag: "p" | "sp" | "np";
  /** What it says; undefined where what the record asks for cannot be read. */
  published: Policy | undefined;
  /** What is left of it after `t=y`. */
  effective: Policy | undefined;
};

const oneLess: Record<Policy, Policy> = { none: "none", quarantine: "none", reject: "quarantine" };

/** The policy that applies; undefined where there is none, or none is known. */
export function appliedPolicy({ applies, exists }: DmarcEvidence): AppliedPolicy | undefined {
  if (applies.state !== "present") return undefined;
  const parsed = parsePolicyRecord(applies.text);
  if (!parsed.ok) return undefined;
  const record = parsed.value;
  const tag = tagFor(applies.source === "author-domain", exists === "does-not-exist", record);
  const published = record[tag];
  const effective = published !== undefined && record.testing ? oneLess[published] : published;
  return {
    owner: `_dmarc.${applies.domain}`,
    domain: applies.domain,
    text: applies.text,
    record,
    tag,
    published,
    effective,
  };
}

function tagFor(isOwn: boolean, isMissing: boolean, { sp, np }: PolicyRecord): AppliedPolicy["tag"] {
  if (isOwn) return "p";
  if (isMissing && np !== undefined) return "np";
  return sp === undefined ? "p" : "sp";
}
