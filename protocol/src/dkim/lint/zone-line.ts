/** Owner, TTL and class may stand before TXT, in either order, or be missing (RFC 1035 §5.1). */
const beforeData =
  /^(?:[^\s"=;]{1,255}[ \t]{1,80})?(?:\d{1,10}[smhdw]?[ \t]{1,80})?(?:IN[ \t]{1,80})?(?:\d{1,10}[smhdw]?[ \t]{1,80})?TXT[ \t\r\n]{1,80}(?=["(vkp])/i;

/**
 * The content of a TXT record that is written as a line of a zone file, brackets and comments included: its strings joined.
 * Undefined when the text is no such line.
 */
export function zoneLineValue(text: string): string | undefined {
  const before = beforeData.exec(text);
  if (before === null && !text.startsWith("(")) return undefined;
  const written = text.slice(before?.[0].length ?? 0);
  if (!written.includes('"')) return written.replace(/[()\r\n]+/g, " ").trim();
  let value = "";
  let at = 0;
  while (at < written.length) {
    const letter = written[at]!;
    if (letter === ";") {
      // Outside of quotes: a comment, to the end of the line.
      const end = written.indexOf("\n", at);
      at = end < 0 ? written.length : end;
    } else if (letter === '"') {
      const end = written.indexOf('"', at + 1);
      value += written.slice(at + 1, end < 0 ? undefined : end);
      at = end < 0 ? written.length : end + 1;
    } else {
      if (!/[\s()]/.test(letter)) value += letter;
      at++;
    }
  }
  return value;
}
