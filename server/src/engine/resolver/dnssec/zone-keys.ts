import {
  checkRrset,
  dsMatches,
  isSupportedDs,
  readDnskey,
  TYPE,
  type Ds,
  type Parsed,
  type ResourceRecord,
} from "chancery/dns";
import type { Found, IterativeSession, NotFound } from "../session.ts";
import type { SecureZone } from "./check-answer.ts";
import { signedSet } from "./signed-sets.ts";
import type { NotSecure, ZoneTrust } from "./validation.ts";

/** Servers whose keys are tried before a zone counts as bogus, as validating resolvers try others too. */
const serversTriedMax = 3;
/** Keys of one zone that are looked at. */
const keysMax = 32;

type Means = Pick<SecureZone, "now" | "budget">;

/** The keys of a zone, if one that `ds` names has signed them (RFC 4035 §5.2). */
export async function learnKeys(
  session: IterativeSession,
  apex: string,
  ds: readonly Ds[],
  means: Means,
): Promise<ZoneTrust> {
  const supported = ds.filter(isSupportedDs);
  if (supported.length === 0) {
    const algorithms = [...new Set(ds.map(({ algorithm }) => algorithm))];
    return { state: "insecure", zone: apex, reason: "unsupported-algorithm", algorithms };
  }
  const avoid = new Set<string>();
  let first: ZoneTrust | undefined;
  while (avoid.size < serversTriedMax) {
    const found = await session.find(apex, TYPE.DNSKEY, 0, avoid);
    if ("reason" in found) return first ?? notReached(apex, found);
    const trust = checkKeys(apex, supported, found, means);
    if (trust.state === "secure") return trust;
    first ??= trust;
    avoid.add(found.server);
  }
  return first ?? { state: "indeterminate", zone: apex, reason: "not-reached" };
}

function checkKeys(apex: string, ds: readonly Ds[], found: Found, { now, budget }: Means): ZoneTrust {
  const set = signedSet(found.message.answers, apex, TYPE.DNSKEY);
  const record = { name: apex, type: "DNSKEY" };
  if (set.records.length === 0) return { state: "bogus", zone: apex, record, reason: "dnskey-missing" };
  const keys = readAll(set.records, readDnskey).slice(0, keysMax);
  const named = keys.filter((key) => ds.some((one) => dsMatches(one, apex, key)));
  const [first] = ds;
  if (named.length === 0) {
    return { state: "bogus", zone: apex, record, reason: "ds-without-key", ...(first && { keyTag: first.keyTag }) };
  }
  const check = checkRrset(set.records, set.rrsigs, { apex, keys: named }, now, budget);
  if (check.result === "signed") return { state: "secure", keys };
  if (check.result === "too-much-work") return { state: "indeterminate", zone: apex, reason: "too-much-work" };
  const { result: _, ...why } = check;
  return { state: "bogus", zone: apex, record, ...why };
}

export const notReached = (zone: string, why: NotFound): NotSecure => ({
  state: "indeterminate",
  zone,
  reason: "not-reached",
  detail: why.reason,
});

/** What can be read of records; the others are left out. */
export function readAll<T>(records: readonly ResourceRecord[], read: (data: Uint8Array) => Parsed<T>): T[] {
  return records.flatMap(({ data }) => {
    const value = read(data);
    return value.ok ? [value.value] : [];
  });
}
