import type { Pieces } from "./inflate.ts";

/** A report in a file: its octets as XML, and the way to it, for people. */
export type Member = {
  /** From the outside in: names of attachments and archive members. Display only: they are strangers' texts, never paths. */
  path: string[];
  pieces: Pieces;
};

/** A name that a stranger gave, fit to be shown. */
export const shownName = (name: string): string => name.replace(/[^ -~]+/g, "?").slice(0, 200);

/** What a file is by its first octets. Neither its name nor what a mail says of it counts. */
export type FileKind = "gzip" | "zip" | "xml" | "other";

export function kindOf(octets: Uint8Array): FileKind {
  if (octets[0] === 0x1f && octets[1] === 0x8b) return "gzip";
  if (octets[0] === 0x50 && octets[1] === 0x4b && octets[2] === 0x03 && octets[3] === 0x04) return "zip";
  const start = Buffer.from(octets.subarray(0, sniffedOctets)).toString("latin1");
  // UTF-8 and UTF-16 with their marks, white space, then markup.
  return /^(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\0\s]*<\0?[?!A-Za-z]/.test(start) ? "xml" : "other";
}
const sniffedOctets = 256;
