import { isAtOrBelow, readRrsig, TYPE, type ResourceRecord, type Rrsig } from "chancery/dns";
import { recordsAt } from "../classify.ts";

/** An RRset of a reply with the signatures that stand beside it. */
export type SignedSet = { name: string; type: number; records: ResourceRecord[]; rrsigs: Rrsig[] };

/** Signers of one RRset that are looked into: a sound one has one. */
const signersMax = 2;

export function signedSet(section: readonly ResourceRecord[], name: string, type: number): SignedSet {
  const rrsigs = recordsAt(section, name, TYPE.RRSIG).flatMap(({ data }) => {
    const rrsig = readRrsig(data);
    return rrsig.ok && rrsig.value.typeCovered === type ? [rrsig.value] : [];
  });
  return { name, type, records: recordsAt(section, name, type), rrsigs };
}

/** NSEC and NSEC3 RRsets, which stand at names of their own. */
export function denialSets(authority: readonly ResourceRecord[]): SignedSet[] {
  const sets: SignedSet[] = [];
  for (const { name, type } of authority) {
    if (type !== TYPE.NSEC && type !== TYPE.NSEC3) continue;
    if (sets.every((set) => set.name !== name || set.type !== type)) sets.push(signedSet(authority, name, type));
  }
  return sets;
}

/** The zones that claim to have signed and may speak of `name`, deepest first. DS is the parent's to sign. */
export function signersOf(sets: readonly SignedSet[], name: string, type: number): string[] {
  const signers = new Set(sets.flatMap((set) => set.rrsigs.map((rrsig) => rrsig.signer)));
  return [...signers]
    .filter((signer) => isAtOrBelow(name, signer) && !(type === TYPE.DS && signer === name))
    .sort((a, b) => b.length - a.length)
    .slice(0, signersMax);
}
