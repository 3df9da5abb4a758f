import { TYPE } from "../../record/record.ts";
import { typeBitmap } from "../../record/type-bitmap.ts";

/*
 * NSEC records made for one question (RFC 9824 §3): the owner is the name asked, and nothing but the smallest possible step lies between
 * it and the next name.
 */

const nameOctetsMax = 255;
const labelOctetsMax = 63;

/** `child`: the first name after the owner. `sibling`: the first one that is not below it, since what is below a zone cut belongs to others. */
export type NextName = "child" | "sibling";

/**
 * RDATA of the NSEC record of `owner` (wire form, small letters) in a zone whose apex has `apexOctets`. The types that every such record
 * has, RRSIG and NSEC, need not be given.
 */
export function compactNsec(
  owner: Uint8Array,
  next: NextName,
  apexOctets: number,
  types: readonly number[],
): Uint8Array {
  const hasChild = next === "child" && owner.length + 2 <= nameOctetsMax;
  const nextName = hasChild ? childName([0], owner) : siblingOf(owner, apexOctets);
  return Uint8Array.from(Buffer.concat([nextName, typeBitmap([...types, TYPE.RRSIG, TYPE.NSEC])]));
}

/**
 * A zero octet behind the first label. Where that has no room, the last octet that can be is raised and what follows it left out: all
 * names between would be longer. After the highest label of all comes what follows the parent; after the last name of the zone its apex.
 */
function siblingOf(owner: Uint8Array, apexOctets: number): Uint8Array {
  for (let name = owner; name.length > apexOctets; name = name.subarray(name[0]! + 1)) {
    const label = name.subarray(1, name[0]! + 1);
    const parent = name.subarray(name[0]! + 1);
    if (label.length < labelOctetsMax && name.length < nameOctetsMax) return childName([...label, 0], parent);
    const last = label.findLastIndex((octet) => octet !== 0xff);
    if (last < 0) continue;
    // What comes after @ is A, which counts as a, which comes later.
    const raised = label[last] === 0x40 ? 0x5b : label[last]! + 1;
    return childName([...label.subarray(0, last), raised], parent);
  }
  return owner.slice(owner.length - apexOctets);
}

const childName = (label: readonly number[], parent: Uint8Array): Uint8Array =>
  Uint8Array.from([label.length, ...label, ...parent]);
