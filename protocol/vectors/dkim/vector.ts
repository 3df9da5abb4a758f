// For tests: the vectors of this folder, read.
import { readdirSync, readFileSync } from "node:fs";

export type Vector = {
  /** A line for each signature: the word of RFC 8601, then the reason. */
  expected: string[];
  now: number;
  /** By key name: texts of TXT records, or an error of `node:dns`. */
  records: Record<string, string[] | { code: string }>;
  /** One character an octet. */
  message: string;
};

const folder = new URL("./", import.meta.url);
export const vectorFiles: readonly string[] = readdirSync(folder).filter((file) => file.endsWith(".txt"));

export function readVector(file: string): Vector {
  const text = readFileSync(new URL(file, folder), "latin1");
  const end = text.indexOf("\n\n");
  const vector: Vector = { expected: [], now: 0, records: {}, message: text.slice(end + 2).replaceAll("\n", "\r\n") };
  for (const line of text.slice(0, end).split("\n")) {
    const [, first = "", rest = ""] = /^(\S+) (.*)$/.exec(line) ?? [];
    const [kind, value] = [rest.slice(0, rest.indexOf(" ")), rest.slice(rest.indexOf(" ") + 1)];
    if (first === "expect") vector.expected.push(rest);
    else if (first === "now") vector.now = Number(rest);
    else if (kind === "ERROR") vector.records[first] = { code: value };
    else if (kind === "TXT")
      vector.records[first] = [...((vector.records[first] as string[] | undefined) ?? []), value];
    else throw new Error(`${file}: ${line}`);
  }
  return vector;
}
