import { childName, labelsOf, nameToWire, readWireName } from "../name/name.ts";
import { CLASS, rdataNames, TYPE, type ResourceRecord } from "../record/record.ts";
import type { Rrsig } from "./rrsig.ts";

/*
 * What a signature is over: names in small letters, wildcards undone, the TTL as it was signed, records in the order of their
 * RDATA (RFC 4034 §3.1.8.1, §6).
 */

/** A text that compares (`<`) as its name does in canonical order (RFC 4034 §6.1): labels from the right, octet by octet. */
export const canonicalOrderKey = (name: string): string => wireOrderKey(nameToWire(name), 0);

/** The same of a name in wire form. */
export function wireOrderKey(wire: Uint8Array, start: number): string {
  const labels: string[] = [];
  for (let at = start; (wire[at] ?? 0) > 0;) {
    const end = at + 1 + (wire[at] ?? 0);
    let label = "";
    // Each octet one higher, so that nothing else sorts before the end of a label.
    for (let from = at + 1; from < end; from++) label += String.fromCharCode(lowerOctet(wire[from] ?? 0) + 1);
    labels.push(label);
    at = end;
  }
  return labels.reverse().join("\0");
}

/** The name in wire form, in small letters, that has this key. */
export function wireOfOrderKey(key: string): Uint8Array {
  const wire: number[] = [];
  for (const label of key === "" ? [] : key.split("\0").reverse())
    wire.push(label.length, ...Array.from(label, (char) => char.charCodeAt(0) - 1));
  return Uint8Array.from([...wire, 0]);
}

const lowerOctet = (octet: number): number => (octet >= 0x41 && octet <= 0x5a ? octet | 0x20 : octet);

/** Labels without the root and without a leading `*`, as RRSIG records count them (RFC 4034 §3.1.3). */
export function signedLabels(name: string): number {
  const labels = labelsOf(name);
  return labels[0] === "*" ? labels.length - 1 : labels.length;
}

/** The last `count` labels of a name. */
export const lastLabels = (name: string, count: number): string =>
  count === 0 ? "." : labelsOf(name).slice(-count).join(".");

/** The octets that `rrsig` signs: its own fields, then the RRset. All `records` have one owner and type. */
export function signedOctets(rrsig: Rrsig, records: readonly ResourceRecord[]): Uint8Array {
  const owner = records[0]?.name ?? ".";
  const expanded = rrsig.labels < signedLabels(owner);
  const signedOwner = nameToWire(expanded ? childName("*", lastLabels(owner, rrsig.labels)) : owner);
  const rdata = records.map((record) => canonicalRdata(record.type, record.data));
  return Buffer.concat([rrsigFields(rrsig), ...canonicalRecords(signedOwner, rrsig, rdata)]);
}

/** The records of an RRset as they are signed, whose RDATA is canonical: each once, in order (RFC 4034 §6.3). `owner`: wire, small letters. */
export function canonicalRecords(
  owner: Uint8Array,
  { typeCovered, originalTtl }: Pick<Rrsig, "typeCovered" | "originalTtl">,
  rdata: Uint8Array[],
): Uint8Array[] {
  const parts: Uint8Array[] = [];
  if (rdata.length > 1) rdata.sort((a, b) => Buffer.compare(a, b));
  for (const [index, data] of rdata.entries()) {
    const before = rdata[index - 1];
    if (before && Buffer.compare(before, data) === 0) continue;
    const fixed = new DataView(new ArrayBuffer(10));
    fixed.setUint16(0, typeCovered);
    fixed.setUint16(2, CLASS.IN);
    fixed.setUint32(4, originalTtl);
    fixed.setUint16(8, data.length);
    parts.push(owner, new Uint8Array(fixed.buffer), data);
  }
  return parts;
}

/** RRSIG RDATA up to the signature (RFC 4034 §3.1.8.1). */
export function rrsigFields(rrsig: Omit<Rrsig, "signature">): Uint8Array {
  const fixed = new DataView(new ArrayBuffer(18));
  fixed.setUint16(0, rrsig.typeCovered);
  fixed.setUint8(2, rrsig.algorithm);
  fixed.setUint8(3, rrsig.labels);
  fixed.setUint32(4, rrsig.originalTtl);
  fixed.setUint32(8, rrsig.expiration);
  fixed.setUint32(12, rrsig.inception);
  fixed.setUint16(16, rrsig.keyTag);
  return Buffer.concat([new Uint8Array(fixed.buffer), nameToWire(rrsig.signer)]);
}

/** Where names stand in RDATA of the older types whose names a signer writes in small letters (RFC 4034 §6.2). */
const olderTypes: ReadonlyMap<number, { before: (data: Uint8Array) => number; names: number }> = new Map([
  [TYPE.RP, { before: () => 0, names: 2 }],
  [TYPE.AFSDB, { before: () => 2, names: 1 }],
  [TYPE.RT, { before: () => 2, names: 1 }],
  [TYPE.PX, { before: () => 2, names: 2 }],
  [TYPE.NAPTR, { before: behindNaptrStrings, names: 1 }],
  [TYPE.KX, { before: () => 2, names: 1 }],
]);

/** RFC 3403 §4.1: order, preference, and three character-strings. */
function behindNaptrStrings(data: Uint8Array): number {
  let at = 4;
  for (let strings = 0; strings < 3; strings++) at += 1 + (data[at] ?? 0);
  return at;
}

/** RDATA with its names in small letters where RFC 4034 §6.2 says so; not in NSEC (RFC 6840 §5.1). Unsound RDATA as it is. */
export function canonicalRdata(type: number, data: Uint8Array): Uint8Array {
  const layout = rdataNames.get(type);
  const older = olderTypes.get(type);
  const names = layout?.names ?? older?.names;
  if (names === undefined) return data;
  const lower = Uint8Array.from(data);
  let at = layout?.before ?? older?.before(data) ?? 0;
  for (let index = 0; index < names; index++) {
    const name = readWireName(data, at, { pointers: "refused" });
    if (!name.ok) return data;
    // A length is at most 63 and never looks like a capital letter.
    for (; at < name.value.end; at++) lower[at] = lowerOctet(data[at] ?? 0);
  }
  return lower;
}
