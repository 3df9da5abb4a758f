import { TYPE, typeName } from "chancery/dns";
import { type Found, refuse, setOf, type ZoneRule } from "../rule.ts";
import type { Rrset } from "../rrset.ts";
import { ancestorsOf, type ZoneLookup } from "../zone-lookup.ts";

const addresses: readonly number[] = [TYPE.A, TYPE.AAAA];
/** What belongs to the parent's side of a zone cut (RFC 4034 §2, §5; RFC 4035 §2.6). */
const atCut: readonly number[] = [TYPE.NS, TYPE.DS, TYPE.NSEC, TYPE.RRSIG, ...addresses];

/**
 * Below a zone cut the zone has no say: all but glue is hidden (RFC 1034 §4.2.1), and below a DNAME everything (RFC 6672 §2.4).
 * Asked at the name that is hidden, and at the one that hides.
 */
export const zoneCut: ZoneRule = {
  rule: "zone-cut",
  check: (name, sets, zone) => {
    if (sets.length === 0) return [];
    return [...hiddenByAncestor(name, sets, zone), ...hidesOthers(name, sets, zone)];
  },
};

function hiddenByAncestor(name: string, sets: readonly Rrset[], zone: ZoneLookup): Found[] {
  for (const ancestor of ancestorsOf(name, zone.origin)) {
    const above = zone.at(ancestor);
    if (setOf(above, TYPE.DNAME) !== undefined)
      return [
        refuse(
          `nothing can stand below the DNAME at ${ancestor} (RFC 6672 §2.4)`,
          `put it into the zone that the DNAME leads to, or remove the DNAME`,
        ),
      ];
    if (ancestor === zone.origin || setOf(above, TYPE.NS) === undefined) continue;
    const hidden = sets.filter(({ type }) => !addresses.includes(type)).map(({ type }) => typeName(type));
    if (hidden.length > 0)
      return [
        refuse(
          `${ancestor} is delegated, so ${hidden.join(", ")} below it would never be answered (RFC 1034 §4.2.1)`,
          `put it into the zone ${ancestor} at the servers it is delegated to, or remove the NS records`,
        ),
      ];
  }
  return [];
}

function hidesOthers(name: string, sets: readonly Rrset[], zone: ZoneLookup): Found[] {
  const isCut = name !== zone.origin && setOf(sets, TYPE.NS) !== undefined;
  const isDname = setOf(sets, TYPE.DNAME) !== undefined;
  const found: Found[] = [];
  if (isCut) {
    const beside = sets.filter(({ type }) => !atCut.includes(type)).map(({ type }) => typeName(type));
    if (beside.length > 0)
      found.push(
        refuse(
          `${beside.join(", ")} beside NS: the name is delegated, and only the servers it is delegated to can say that (RFC 1034 §4.2.1)`,
          "put it into the delegated zone, or remove the NS records",
        ),
      );
  }
  if (!isCut && !isDname) return found;
  const isHidden = (below: string): boolean => zone.at(below).some(({ type }) => isDname || !addresses.includes(type));
  const first = zone.namesBelow(name).find(isHidden);
  if (first !== undefined)
    found.push(
      refuse(
        `${isDname ? "a DNAME" : "a delegation"} at ${name} would hide what stands below it, such as ${first}`,
        "move what stands below first",
      ),
    );
  return found;
}

/** RFC 4034 §5: DS is the parent's word about a delegation. */
export const dsAtCut: ZoneRule = {
  rule: "ds-at-cut",
  check: (name, sets, { origin }) => {
    if (setOf(sets, TYPE.DS) === undefined) return [];
    if (name !== origin && setOf(sets, TYPE.NS) !== undefined) return [];
    return [
      refuse(
        "a DS record stands at a delegation, beside its NS records, and nowhere else (RFC 4034 §5)",
        name === origin ? `give the DS record to the parent zone of ${origin}` : "put the NS records there first",
      ),
    ];
  },
};
