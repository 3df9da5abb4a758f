import type { ReadyKey } from "./signing-key.ts";
import type { Canonicalization } from "../signature/signature.ts";

const lineOctetsMax = 78;

export type SignatureTags = {
  key: ReadyKey;
  canonicalization: Canonicalization;
  identity: string | undefined;
  timestamp: number | undefined;
  expiration: number | undefined;
  signedFields: readonly string[];
  /** In base64. */
  bodyHash: string;
};

/**
 * A DKIM-Signature field up to and with `b=`, as octet text: what is hashed, and what the signature's base64 is put behind.
 * Tags stand in the order of RFC 8463 Appendix A. Folded at 78 columns and only where a space stands anyway, so a fold that a
 * relay moves does not change the relaxed form.
 */
export function formatUnsigned(tags: SignatureTags): string {
  const { key } = tags;
  const words = [
    "DKIM-Signature:",
    "v=1;",
    `a=${key.algorithm};`,
    `c=${tags.canonicalization};`,
    `d=${key.signingDomain};`,
  ];
  if (tags.identity !== undefined) words.push(`i=${tags.identity};`);
  words.push("q=dns/txt;", `s=${key.selector};`);
  if (tags.timestamp !== undefined) words.push(`t=${tags.timestamp};`);
  if (tags.expiration !== undefined) words.push(`x=${tags.expiration};`);
  words.push(...`h=${tags.signedFields.join(" : ")};`.split(" "));
  words.push(`bh=${tags.bodyHash};`);
  return `${foldWords(words)}\r\n b=`;
}

/** The whole field with its CRLF. */
export function formatSigned(unsigned: string, signature: Uint8Array): string {
  const base64 = Buffer.from(signature).toString("base64");
  let field = unsigned + base64.slice(0, lineOctetsMax - 3);
  for (let at = lineOctetsMax - 3; at < base64.length; at += lineOctetsMax - 1) {
    field += `\r\n ${base64.slice(at, at + lineOctetsMax - 1)}`;
  }
  return `${field}\r\n`;
}

/** Words with one space or one fold between two of them; a word longer than a line stays whole. */
function foldWords(words: readonly string[]): string {
  let text = "";
  let lineOctets = 0;
  for (const word of words) {
    if (lineOctets === 0) text = word;
    else if (lineOctets + 1 + word.length > lineOctetsMax) {
      text += `\r\n ${word}`;
      lineOctets = 0;
    } else text += ` ${word}`;
    lineOctets += 1 + word.length;
  }
  return text;
}
