import { isAtOrBelow, labelsOf, TYPE, typeName } from "chancery/dns";
import { isDatedSelector } from "../delegation/selector.ts";
import type { RrsetDifference } from "./change.ts";
import { isEditable, isOfZoneKeys } from "./record-source.ts";

/** A zone by who fills it: we for everybody, we for one claim, the operator, we for secondaries. */
export type ZoneKind = "service" | "delegated" | "operator" | "catalog";

/**
 * Why a change is none of the caller's: it would take away, or get in the way of, what Chancery keeps
 * there. `sources`: who put the RRset that stands there.
 */
export function keptProblem(
  kind: ZoneKind,
  origin: string,
  { name, type, after }: RrsetDifference,
  sources: readonly string[],
): string | undefined {
  const own = sources.find((source) => !isEditable(source));
  if (own !== undefined) return `${name} ${typeName(type)} is kept by Chancery: ${reasonOf(own)}`;
  if (after === undefined || kind === "operator") return undefined;
  if (name === origin && (type === TYPE.SOA || type === TYPE.NS || type === TYPE.DNAME || type === TYPE.CNAME))
    return `${name} ${typeName(type)} is kept by Chancery: ${reasonOf("ns")}`;
  const hides = type === TYPE.NS || type === TYPE.DNAME || type === TYPE.CNAME;
  if (hides && name === `_domainkey.${origin}`)
    return `${name} stays with Chancery: the keys of ${origin} stand below it, and ${typeName(type)} would hide them`;
  const isKeyPlace = isAtOrBelow(name, origin) && isDatedSelector(labelsOf(name)[0] ?? "") && isBelowDomainkey(name);
  return isKeyPlace
    ? `${name} has the form of the selectors that Chancery makes (jan2026, jan2026-2); choose another for a key of your own`
    : undefined;
}

const isBelowDomainkey = (name: string): boolean => labelsOf(name).indexOf("_domainkey") > 0;

function reasonOf(source: string): string {
  if (isOfZoneKeys(source))
    return "it belongs to the keys that sign the zone; their rolls put it there and take it away";
  if (source.startsWith("key:")) return "it is the record of a key; the rotation puts it there and takes it away";
  if (source.startsWith("ns-host:")) return "a customer's delegation leads to it";
  return "SOA and NS follow dns.nameservers and dns.zone in the settings";
}
