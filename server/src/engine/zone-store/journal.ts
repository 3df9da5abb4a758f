import { createHash } from "node:crypto";

/*
 * A journal file: magic; the generation of its first entry (8 octets); then entries. An entry is its length (4 octets), its octets, and
 * SHA-256 over the digest before it and the octets, so that an entry counts only where it was written: right after those before it.
 */

/** Changed when the form changes; files of another form are not read. */
const magic = Buffer.from("chancery changes 1\n");
const digestOctets = 32;
export const journalHeadOctets = magic.length + 8;

/** Where the next entry of a journal file goes. */
export type JournalEnd = {
  readonly first: number;
  readonly entries: number;
  readonly length: number;
  readonly digest: Buffer;
};
export type ReadJournal = {
  readonly first: number;
  readonly entries: readonly Buffer[];
  readonly end: JournalEnd;
  /** What follows the last whole entry: the start of one that was being written when the power went. */
  readonly tornOctets: number;
};

const digestOf = (before: Uint8Array, octets: Uint8Array): Buffer =>
  createHash("sha256").update(before).update(octets).digest();

export function journalHead(first: number): { octets: Buffer; end: JournalEnd } {
  const octets = Buffer.alloc(journalHeadOctets);
  octets.set(magic);
  octets.writeBigUInt64BE(BigInt(first), magic.length);
  const digest = createHash("sha256").update(octets).digest();
  return { octets, end: { first, entries: 0, length: journalHeadOctets, digest } };
}

export function journalEntry(before: JournalEnd, entry: Uint8Array): { octets: Buffer; end: JournalEnd } {
  const digest = digestOf(before.digest, entry);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(entry.length);
  const octets = Buffer.concat([length, entry, digest]);
  const { first, entries } = before;
  return { octets, end: { first, entries: entries + 1, length: before.length + octets.length, digest } };
}

/** Every whole entry of a journal file; undefined when not even its head is there. */
export function readJournal(octets: Buffer): ReadJournal | undefined {
  if (octets.length < journalHeadOctets || !octets.subarray(0, magic.length).equals(magic)) return undefined;
  const first = Number(octets.readBigUInt64BE(magic.length));
  const entries: Buffer[] = [];
  let { end } = journalHead(first);
  while (end.length + 4 <= octets.length) {
    const start = end.length + 4;
    const stop = start + octets.readUInt32BE(end.length);
    if (stop + digestOctets > octets.length) break;
    const digest = digestOf(end.digest, octets.subarray(start, stop));
    if (!digest.equals(octets.subarray(stop, stop + digestOctets))) break;
    entries.push(octets.subarray(start, stop));
    end = { first, entries: entries.length, length: stop + digestOctets, digest };
  }
  return { first, entries, end, tornOctets: octets.length - end.length };
}
