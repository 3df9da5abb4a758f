/** Reads a line, CRLF left out; gives what shall stand instead of it, or undefined to leave it. */
export type LineRule = (text: string, start: number, end: number) => string | undefined;

/** Octet text with a rule applied to each line; undefined when no line changes. What does not change is not copied line by line. */
export function mapLines(text: string, rule: LineRule): string | undefined {
  const pieces: string[] = [];
  let copied = 0;
  for (let start = 0; start <= text.length;) {
    const found = text.indexOf("\r\n", start);
    const end = found < 0 ? text.length : found;
    const instead = rule(text, start, end);
    if (instead !== undefined) {
      pieces.push(text.slice(copied, start), instead);
      copied = end;
    }
    start = found < 0 ? text.length + 1 : found + 2;
  }
  return pieces.length === 0 ? undefined : pieces.join("") + text.slice(copied);
}

/** Where the blanks at the end of a line begin. */
export function blanksStart(text: string, start: number, end: number): number {
  let at = end;
  while (at > start && isBlank(text.charCodeAt(at - 1))) at--;
  return at;
}

const isBlank = (code: number): boolean => code === 0x20 || code === 0x09;

/** The number of the line, from 1, in which an offset lies. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf("\r\n"); at >= 0 && at < offset; at = text.indexOf("\r\n", at + 2)) line++;
  return line;
}
