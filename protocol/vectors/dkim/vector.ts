// For tests: the vectors of this folder, read.
import { readdirSync, readFileSync } from "node:fs";
import type { VerifyOptions } from "../../src/dkim/verify/verification.ts";

const folder = new URL("./", import.meta.url);
export const vectorFiles: readonly string[] = readdirSync(folder).filter((file) => file.endsWith(".txt"));

export type Vector = {
  /** What the case shows: rows of requirements, sections, a sentence. */
  about: string;
  /** A line for each signature: the word of RFC 8601, then the reason. */
  expected: string[];
  /** Beyond word and reason: signature by number from 1, name of the value, value. */
  says: { signature: number; name: string; value: unknown }[];
  /** `now` in epoch seconds, and what else the verifier is set to. */
  options: Omit<VerifyOptions, "resolveTxt">;
  /** By key name: texts of TXT records, or an error of `node:dns`. */
  records: Record<string, string[] | { code: string }>;
  /** One character an octet. */
  message: string;
};

export function readVector(file: string): Vector {
  const text = readFileSync(new URL(file, folder), "latin1");
  const end = text.indexOf("\n\n");
  const message = text.slice(end + 2).replaceAll("\n", "\r\n");
  const vector: Vector = { about: "", expected: [], says: [], options: {}, records: {}, message };
  for (const line of text.slice(0, end).split("\n")) readLine(vector, line);
  return vector;
}

function readLine(vector: Vector, line: string): void {
  const [, first = "", rest = ""] = /^(\S+) (.*)$/.exec(line) ?? [];
  const [kind, value] = [rest.slice(0, rest.indexOf(" ")), rest.slice(rest.indexOf(" ") + 1)];
  const texts = vector.records[first];
  if (first === "about") vector.about = Buffer.from(rest, "latin1").toString("utf8");
  else if (first === "expect") vector.expected.push(rest);
  else if (first === "now") vector.options.now = Number(rest);
  else if (first === "says") {
    const [name = "", ...json] = value.split(" ");
    vector.says.push({ signature: Number(kind), name, value: JSON.parse(json.join(" ")) });
  } else if (first === "option") Object.assign(vector.options, optionOf(kind, value));
  else if (kind === "ERROR") vector.records[first] = { code: value };
  else if (kind === "TXT") vector.records[first] = [...(Array.isArray(texts) ? texts : []), value];
  else throw new Error(line);
}

function optionOf(name: string, value: string): Omit<VerifyOptions, "resolveTxt"> {
  if (name === "registrySuffix") return { isRegistrySuffix: (domain) => domain === value };
  if (name === "uncoveredBody") return { uncoveredBody: value as "policy" | "fail" };
  return { [name]: Number(value) };
}
