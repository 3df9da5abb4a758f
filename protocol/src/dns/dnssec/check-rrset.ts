import { isAtOrBelow, labelsOf } from "../name/name.ts";
import type { ResourceRecord } from "../record/record.ts";
import { checkSignature, isSupportedAlgorithm } from "./algorithm.ts";
import { lastLabels, signedLabels, signedOctets } from "./canonical.ts";
import type { Dnskey } from "./dnskey.ts";
import { epochSeconds, validityOf, type Rrsig } from "./rrsig.ts";
import type { BogusReason, WorkBudget } from "./state.ts";

/** Keys of one tag that are tried for one signature, and signatures tried for one RRset (KeyTrap, CVE-2023-50387). */
const keysOfOneTagMax = 2;
const signaturesMax = 8;

/** `closestEncloser`: the records are those of the wildcard below it, so that a closer name has to be denied as well. */
export type RrsetCheck =
  | { result: "signed"; rrsig: Rrsig; closestEncloser?: string }
  | { result: "bogus"; reason: BogusReason; keyTag?: number; expiredAt?: number; validFrom?: number }
  | { result: "too-much-work" };

/**
 * Whether one of `rrsigs` is a valid signature of `records`, one RRset, by one of `keys`, the keys of the zone `apex`
 * (RFC 4035 §5.3). One that is valid is enough. Otherwise the reason is that of the signature that came furthest.
 */
export function checkRrset(
  records: readonly ResourceRecord[],
  rrsigs: readonly Rrsig[],
  zone: { apex: string; keys: readonly Dnskey[] },
  now: number,
  budget: WorkBudget,
): RrsetCheck {
  const [first] = records;
  if (!first) return { result: "bogus", reason: "signature-missing" };
  let worst: RrsetCheck = { result: "bogus", reason: "signature-missing" };
  const applicable = rrsigs.filter((rrsig) => covers(rrsig, first, zone.apex));
  for (const rrsig of applicable.slice(0, signaturesMax)) {
    const check = checkOne(records, rrsig, zone.keys, now, budget);
    if (check.result !== "bogus") return check;
    if (rank(check) > rank(worst)) worst = check;
  }
  return worst;
}

/** RFC 4035 §5.3.1. A zone speaks of its own names alone; the root zone of all. */
const covers = (rrsig: Rrsig, record: ResourceRecord, apex: string): boolean =>
  rrsig.typeCovered === record.type &&
  rrsig.signer === apex &&
  isAtOrBelow(record.name, apex) &&
  isSupportedAlgorithm(rrsig.algorithm) &&
  rrsig.labels <= signedLabels(record.name) &&
  rrsig.labels >= labelsOf(apex).length;

/** What is nearer to a valid signature says more. */
const furthestLast: readonly BogusReason[] = [
  "signature-missing",
  "signing-key-missing",
  "signature-mismatch",
  "signature-not-yet-valid",
  "signature-expired",
];
const rank = (check: RrsetCheck): number => (check.result === "bogus" ? furthestLast.indexOf(check.reason) : -1);

function checkOne(
  records: readonly ResourceRecord[],
  rrsig: Rrsig,
  keys: readonly Dnskey[],
  now: number,
  budget: WorkBudget,
): RrsetCheck {
  const { keyTag } = rrsig;
  const candidates = keys.filter((key) => key.keyTag === keyTag && key.algorithm === rrsig.algorithm && maySign(key));
  if (candidates.length === 0) return { result: "bogus", reason: "signing-key-missing", keyTag };
  switch (validityOf(rrsig, now)) {
    case "expired":
      return { result: "bogus", reason: "signature-expired", keyTag, expiredAt: epochSeconds(rrsig.expiration, now) };
    case "not-yet-valid":
      return {
        result: "bogus",
        reason: "signature-not-yet-valid",
        keyTag,
        validFrom: epochSeconds(rrsig.inception, now),
      };
    case "valid":
  }
  const octets = signedOctets(rrsig, records);
  for (const key of candidates.slice(0, keysOfOneTagMax)) {
    if (budget.signatureChecksLeft-- <= 0) return { result: "too-much-work" };
    if (!checkSignature(rrsig.algorithm, key.publicKey, octets, rrsig.signature)) continue;
    const owner = records[0]?.name ?? ".";
    if (rrsig.labels === signedLabels(owner)) return { result: "signed", rrsig };
    return { result: "signed", rrsig, closestEncloser: lastLabels(owner, rrsig.labels) };
  }
  return { result: "bogus", reason: "signature-mismatch", keyTag };
}

const maySign = (key: Dnskey): boolean => key.isZoneKey && !key.isRevoked;
