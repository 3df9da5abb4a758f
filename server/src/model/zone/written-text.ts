const stringOctetsMax = 255;

/**
 * The data of a TXT record as a master file has it, from what people give. A text without quotes is one text, with its blanks and
 * semicolons, which a master file would read as several strings and a comment. A string over 255 octets, such as a pasted key, is
 * cut where it has to be: readers join the strings again (RFC 7208 §3.3, RFC 6376 §3.6.2.2).
 */
export function masterFileText(written: string): string {
  if (written.startsWith("\\#")) return written; // RFC 3597 §5
  const text = written.includes('"') ? written : `"${written}"`;
  const [, string] = /^"((?:[^"\\]|\\.)*)"$/su.exec(text) ?? [];
  return string === undefined ? text : cut(string);
}

/** One string as so many of 255 octets as it takes; an escape is never cut apart. */
function cut(string: string): string {
  const strings: string[] = [];
  let current = "";
  let octets = 0;
  for (const [unit] of string.matchAll(/\\\d{3}|\\.|./gsu)) {
    const length = unit.startsWith("\\") ? 1 : Buffer.byteLength(unit);
    if (octets + length > stringOctetsMax) {
      strings.push(current);
      [current, octets] = ["", 0];
    }
    current += unit;
    octets += length;
  }
  return [...strings, current].map((one) => `"${one}"`).join(" ");
}
