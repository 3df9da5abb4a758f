/** A cell that is longer, a key record for one, runs over in its own line alone. */
const columnWidthMax = 80;

/** Columns padded to their widest cell, for terminals. The last column is never padded. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const clean = rows.map((row) => row.map(visible));
  const widths = head.map((title, column) =>
    Math.max(
      title.length,
      ...clean.map((row) => row[column] ?? "").flatMap(({ length }) => (length <= columnWidthMax ? [length] : [])),
    ),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => (column === cells.length - 1 ? cell : cell.padEnd(widths[column]!)))
      .join("  ")
      .trimEnd();
  return [line(head), ...clean.map(line)].join("\n");
}

/**
 * Text from DNS or mail, made safe for a terminal: control and direction-changing characters are shown as escapes. They are
 * those of JSON, so what is JSON on one line says the same afterwards.
 */
export const visible = (text: string): string =>
  text.replace(
    /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

/** Values as people read them. */
export const shown = {
  time: (seconds: number | null): string =>
    seconds === null ? "-" : `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`,
};
