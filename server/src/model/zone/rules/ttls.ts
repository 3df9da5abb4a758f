import { labelsOf, TYPE, typeName } from "chancery/dns";
import { day, hour, minute } from "../../seconds.ts";
import { type Found, warn, type ZoneRule } from "../rule.ts";
import type { Rrset } from "../rrset.ts";

const loadTtlSeconds = minute;
const keyTtlSeconds = 5 * minute;
/** Resolvers keep nothing longer, and the waits of a rotation count on it. */
const keptMaxSeconds = 7 * day;

/** TTLs that cost questions, and TTLs that outlast what the plan of a rotation waits for. */
export const ttls: ZoneRule = {
  rule: "ttl",
  check: (name, sets, { origin }, { policy }) => {
    const isKeyName = labelsOf(name).includes("_domainkey");
    return sets.flatMap((set): Found[] => {
      const { type, ttl, highestTtl } = set;
      const what = typeName(type);
      const found: Found[] = [];
      if (highestTtl !== undefined)
        found.push(
          warn(
            `the ${what} records have TTLs from ${ttl} to ${highestTtl} s; the lowest is served (RFC 2181 §5.2)`,
            "put the set again with one TTL",
          ),
        );
      if (type === TYPE.SOA || ttl === policy.recordTtlSeconds) return found;
      const isKey = isKeyName && (type === TYPE.TXT || type === TYPE.CNAME);
      const isApexNs = type === TYPE.NS && name === origin;
      return [...found, ...(tooLong(set, isKey, policy.recordTtlSeconds) ?? tooShort(set, isKey, isApexNs) ?? [])];
    });
  },
};

function tooLong({ type, ttl }: Rrset, isKey: boolean, planSeconds: number): Found[] | undefined {
  if (ttl > keptMaxSeconds)
    return [
      warn(
        `${typeName(type)} with a TTL of ${ttl} s: over a week, longer than any wait of a rotation counts on`,
        `write ${planSeconds}`,
      ),
    ];
  if (isKey && ttl > Math.max(planSeconds, hour))
    return [
      warn(
        `a key name with a TTL of ${ttl} s: each change of the key waits that long before it is used`,
        `write ${planSeconds}, which is what the rotation policy plans with`,
      ),
    ];
  if (type === TYPE.NS && ttl > 2 * day)
    return [warn(`NS with a TTL of ${ttl} s: a move to other servers takes that long`, "write 3600 to 172800")];
  return undefined;
}

function tooShort({ type, ttl }: Rrset, isKey: boolean, isApexNs: boolean): Found[] | undefined {
  const remedy = (seconds: number): string => `write ${seconds} or more; shorten it only for the time of a change`;
  if (ttl < loadTtlSeconds)
    return [warn(`${typeName(type)} with a TTL of ${ttl} s: every resolver comes back each minute`, remedy(300))];
  if (isKey && ttl < keyTtlSeconds)
    return [
      warn(
        `a key name with a TTL of ${ttl} s: each verification asks anew, and an outage is felt at once`,
        remedy(300),
      ),
    ];
  if (isApexNs && ttl < hour)
    return [warn(`NS at the top with a TTL of ${ttl} s: an outage of these servers is felt at once`, remedy(3600))];
  return undefined;
}
