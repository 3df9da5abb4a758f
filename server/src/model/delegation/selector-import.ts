import { isAtOrBelow, TYPE, typeName } from "chancery/dns";
import type { ClaimOptions } from "./delegation.ts";
import { day, type Seconds, utcText } from "../seconds.ts";

/** A record of somebody else at a key name. `data`: RDATA in wire form, base64. */
export type ForeignRecord = { name: string; type: number; ttl: Seconds; data: string };

/** What stands at one selector, or at another name of the domain. `unknown`: no answer that says anything; the records are then those of an earlier look. */
export type SelectorSight = {
  /** Empty: it is no selector. */
  selector: string;
  /** The name, where it is no selector. */
  name?: string;
  state: "present" | "absent" | "unknown";
  records: readonly ForeignRecord[];
  /** When it was last known whether it is there; absent in a look of this moment, null: never. */
  knownAt?: Seconds | null;
};

/** One look at the selectors of a domain. `node`: `_domainkey` itself; where it does not exist, nothing is below it (RFC 8020). */
export type SelectorLook = {
  lookedAt: Seconds;
  node: "exists" | "nxdomain" | "unknown";
  /** A name that nobody made answers too. */
  wildcard: boolean;
  selectors: readonly SelectorSight[];
};

/** What is taken over of other vendors, as it was last seen. */
export type SelectorImport = SelectorLook & {
  /** The serial from which on it is in our zone; null: it is not. */
  zoneSerial: number | null;
  /** When every name server of ours was seen to serve that. */
  servedAt: Seconds | null;
  /** When the delegation to us was first seen: from then on nobody asks the zone that was looked at. */
  delegatedAt: Seconds | null;
};

/** A look older than this says too little about what stands there now. */
const lookAgeMax: Seconds = day;

/** What a sight is of, for people: the selector, or the name. */
export const titleOf = ({ selector, name }: Pick<SelectorSight, "selector" | "name">): string => name ?? selector;

/** A look after an earlier one: what answered nothing stays as it was, present and absent take its place (I-12). */
export function afterLook(before: SelectorLook | undefined, look: SelectorLook): SelectorLook {
  const earlier = new Map(before?.selectors.map((sight) => [titleOf(sight), sight]));
  const selectors = look.selectors.map((sight): SelectorSight => {
    if (sight.state !== "unknown") return { ...sight, knownAt: look.lookedAt };
    const known = earlier.get(titleOf(sight));
    return { ...sight, records: known?.records ?? [], knownAt: known?.knownAt ?? null };
  });
  const named = new Set(selectors.map(titleOf));
  const others = [...earlier.values()].filter((sight) => sight.records.length > 0 && !named.has(titleOf(sight)));
  return {
    ...look,
    lookedAt: look.node === "unknown" ? (before?.lookedAt ?? 0) : look.lookedAt,
    selectors: [...selectors, ...others.map((sight) => ({ ...sight, state: "unknown" as const }))],
  };
}

/** What the zone that we will serve has to have of others, each record once. */
export const recordsToCarry = ({ selectors }: SelectorLook): ForeignRecord[] => {
  const records = selectors.flatMap((sight) => sight.records);
  return [...new Map(records.map((one) => [`${one.name} ${one.type} ${one.data}`, one])).values()];
};

/** Whether the zone that we will serve answers for a name of the old one: by its record, or by the delegation of a branch above it. */
export const isCarried = (look: SelectorLook, name: string): boolean =>
  recordsToCarry(look).some((record) =>
    record.type === TYPE.NS ? isAtOrBelow(name, record.name) : record.name === name,
  );

/** Whether the delegation may be made; if not, all that stands against it, each with what to do. */
export type CutOver = { may: "delegate" } | { may: "wait"; reasons: { reason: string; remedy: string }[] };

/**
 * S18: a delegation that hides selectors waits until it is known which there are and our name servers have them. DNS lists no
 * names: what is found is all there is only where there is nothing at all, or where the customer says so.
 */
export function cutOverOf(
  domain: string,
  agreed: Pick<ClaimOptions, "importSelectors" | "otherSelectors">,
  taken: SelectorImport | undefined,
  now: Seconds,
  zone = `_domainkey.${domain}`,
): CutOver {
  const looking = `"chancery domain verify ${domain}" looks again`;
  const naming = `name each with "chancery domain selectors ${domain} --import-selector S", or say that there are no others: "chancery domain selectors ${domain} --no-other-selectors"`;
  if (taken === undefined || taken.lookedAt === 0)
    return {
      may: "wait",
      reasons: [
        {
          reason: `what others have at ${zone} and below is not known: nobody has looked yet, or DNS gave no answer`,
          remedy: looking,
        },
      ],
    };
  const { node, wildcard, selectors, lookedAt, zoneSerial, servedAt } = taken;
  const reasons: { reason: string; remedy: string }[] = [];
  const named = agreed.importSelectors ?? [];
  if (zone === domain && agreed.otherSelectors === undefined)
    reasons.push({
      reason: `everything at and below ${domain} moves, and DNS does not list names. Found: ${foundNames(selectors)}`,
      remedy: `put what is missing into our zone, for example "chancery zone record set ${domain} www A 192.0.2.1"; then say that this is all: "chancery domain selectors ${domain} --no-other-selectors"`,
    });
  else if (node !== "nxdomain" && named.length === 0 && agreed.otherSelectors === undefined)
    reasons.push({
      reason: `_domainkey.${domain} exists, and DNS does not list the selectors below it: there may be others than those found`,
      remedy: naming,
    });
  if (wildcard && agreed.otherSelectors === undefined)
    reasons.push({
      reason: `a wildcard below _domainkey.${domain} answers for every selector; it is not taken over`,
      remedy: `name the selectors that are used, and say that there are no others: "chancery domain selectors ${domain} --import-selector S --no-other-selectors"`,
    });
  for (const sight of selectors) {
    const { selector, state, knownAt } = sight;
    if (state === "unknown" && now - (knownAt ?? 0) > lookAgeMax)
      reasons.push({ reason: `${titleOf(sight)} gives no answer that says anything`, remedy: looking });
    if (state === "absent" && named.includes(selector))
      reasons.push({
        reason: `${selector} was named, and nothing stands there`,
        remedy: `publish it, or name those that are used without ${selector}, or say that there are no others: "chancery domain selectors ${domain} --import-selector S", or --no-other-selectors`,
      });
  }
  if (now - lookedAt > lookAgeMax)
    reasons.push({ reason: `what stands there was last seen on ${utcText(lookedAt)}`, remedy: looking });
  if (zoneSerial === null)
    reasons.push({
      reason: "they are not in our zone yet, which is served once the proof of control was seen",
      remedy: `publish the proof of control; ${looking}`,
    });
  else if (servedAt === null)
    reasons.push({ reason: "not every name server of ours was seen to serve them yet", remedy: looking });
  return reasons.length === 0 ? { may: "delegate" } : { may: "wait", reasons };
}

const listedMax = 20;

/** "mail.example.com A, MX; www.mail.example.com CNAME". */
function foundNames(sights: readonly SelectorSight[]): string {
  const found = sights.filter(({ records }) => records.length > 0);
  const listed = found.slice(0, listedMax).map((sight) => {
    const types = [...new Set(sight.records.map(({ type }) => typeName(type)))];
    return `${sight.records[0]?.name ?? titleOf(sight)} ${types.join(", ")}`;
  });
  const more = found.length > listedMax ? [`and ${found.length - listedMax} more`] : [];
  return found.length === 0 ? "nothing" : [...listed, ...more].join("; ");
}
