/**
 * Octet text: a string in which each character is one octet (U+0000 to U+00FF). Header fields are kept in this form because
 * the string operations of the engine are fast, and because no octet is lost on the way in and out.
 */
export const octetText = (octets: Uint8Array): string =>
  Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).toString("latin1");

export const octetsOf = (text: string): Uint8Array => Buffer.from(text, "latin1");

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The characters that octet text stands for when it is UTF-8 (RFC 6532); undefined when it is not. */
export function decodeUtf8(text: string): string | undefined {
  if (isAscii(text)) return text;
  try {
    return utf8.decode(octetsOf(text));
  } catch {
    return undefined;
  }
}

export const isAscii = (text: string): boolean => !/[^\0-\x7f]/.test(text);

/** Lower case for A to Z alone: other octets of octet text are not letters. */
export const asciiLowerCase = (text: string): string =>
  isAscii(text) ? text.toLowerCase() : text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());

/** Without the white space and line ends at both ends: SP, HTAB, CR, LF and no others (RFC 6376 §2.8). */
export function trimFws(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isFws(text.charCodeAt(start))) start++;
  while (end > start && isFws(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

const isFws = (code: number): boolean => code === 0x20 || code === 0x09 || code === 0x0d || code === 0x0a;
