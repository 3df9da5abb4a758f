import { parsed, type Parsed } from "../../parsed.ts";
import { childName, isAtOrBelow, labelsOf, readWireName } from "../name/name.ts";
import { TYPE, type ResourceRecord } from "../record/record.ts";
import { canonicalOrderKey, lastLabels } from "./canonical.ts";
import { readTypeBitmap } from "../record/type-bitmap.ts";
import { deniesType, isDelegation, stopsBelow, type Denial, type Denied } from "./denial.ts";

/** An NSEC record (RFC 4034 §4): `owner` exists with these types, and no name between it and `next` does. */
export type Nsec = { owner: string; next: string; types: number[] };

export function readNsec(record: ResourceRecord): Parsed<Nsec> {
  const next = readWireName(record.data, 0, { pointers: "refused" });
  if (!next.ok) return next;
  const types = readTypeBitmap(record.data, next.value.end);
  return types.ok ? parsed({ owner: record.name, next: next.value.name, types: types.value }) : types;
}

/**
 * What validated NSEC records of the zone `apex` prove about a name or a type that is said not to be (RFC 4035 §5.4, with the
 * clarifications of RFC 6840 §4, and compact denial, RFC 9824).
 */
export function denyByNsec(denied: Denied, apex: string, nsecs: readonly Nsec[]): Denial {
  const { name, type } = denied;
  const at = nsecs.find((nsec) => nsec.owner === name);
  if (denied.closestEncloser !== undefined) {
    return nsecs.some((nsec) => coversName(nsec, apex, name) && encloserBy(nsec, name) === denied.closestEncloser)
      ? { proof: "complete", name: "absent", cut: false }
      : { proof: "incomplete" };
  }
  if (at) {
    if (at.types.includes(TYPE.NXNAME)) return { proof: "complete", name: "absent", cut: false };
    return deniesType(at.types, type)
      ? { proof: "complete", name: "exists", cut: isDelegation(at.types) }
      : { proof: "incomplete" };
  }
  const cover = nsecs.find((nsec) => coversName(nsec, apex, name));
  if (!cover) return { proof: "incomplete" };
  // Nothing is between the two, and yet something stands below the name: an empty non-terminal.
  if (isAtOrBelow(cover.next, name)) return { proof: "complete", name: "exists", cut: false };
  const wildcard = childName("*", encloserBy(cover, name));
  const atWildcard = nsecs.find((nsec) => nsec.owner === wildcard);
  if (atWildcard) {
    return deniesType(atWildcard.types, type)
      ? { proof: "complete", name: "exists", cut: false }
      : { proof: "incomplete" };
  }
  const overWildcard = nsecs.find((nsec) => coversName(nsec, apex, wildcard));
  if (!overWildcard) return { proof: "incomplete" };
  // The wildcard too may be an empty non-terminal.
  return { proof: "complete", name: isAtOrBelow(overWildcard.next, wildcard) ? "exists" : "absent", cut: false };
}

/** Whether `name` would stand between the owner and the next name. One of the parent's side of a cut says nothing of what is below. */
function coversName(nsec: Nsec, apex: string, name: string): boolean {
  if (!isAtOrBelow(nsec.owner, apex) || !isAtOrBelow(name, apex)) return false;
  if (isAtOrBelow(name, nsec.owner) && stopsBelow(nsec.types)) return false;
  const [owner, next, asked] = [nsec.owner, nsec.next, name].map(canonicalOrderKey) as [string, string, string];
  // The last record of a zone leads back to its apex.
  return owner < asked && (asked < next || next <= owner);
}

/** The deepest ancestor of `name` that must exist, as both ends of the gap do. */
function encloserBy(nsec: Nsec, name: string): string {
  const shared = Math.max(sharedLabels(nsec.owner, name), sharedLabels(nsec.next, name));
  return lastLabels(name, shared);
}

function sharedLabels(one: string, other: string): number {
  const [ones, others] = [labelsOf(one).reverse(), labelsOf(other).reverse()];
  let shared = 0;
  while (shared < ones.length && shared < others.length && ones[shared] === others[shared]) shared++;
  return shared;
}
