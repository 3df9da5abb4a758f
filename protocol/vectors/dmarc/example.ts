// For tests: reads a vector, and a resolver over records that notes what it was asked.
import { readFileSync } from "node:fs";
import type { ResolveTxt } from "../../src/dkim/key/key-lookup.ts";
import type { DkimOutcome, SpfOutcome } from "../../src/dmarc/identifiers.ts";
import { authorOf, type Author } from "../../src/mail/author.ts";
import { splitHeader } from "../../src/mail/header.ts";

/** A name's TXT records, `[]` for a name that exists without any, or an error code. */
export type Names = Record<string, readonly string[] | { code: string }>;

/** A resolver that knows these names. Above a listed name there are names, without TXT. */
export function resolver(names: Names): { resolveTxt: ResolveTxt; asked: string[] } {
  const asked: string[] = [];
  const listed = Object.keys(names);
  const fails = (code: string): never => {
    throw Object.assign(new Error(code), { code });
  };
  return {
    asked,
    // eslint-disable-next-line require-await -- a resolver answers with a promise
    resolveTxt: async (name) => {
      asked.push(name);
      const found = names[name];
      if (found === undefined) return fails(listed.some((other) => other.endsWith(`.${name}`)) ? "ENODATA" : "ENOTFOUND");
      if ("code" in found) return fails(found.code);
      return found.length === 0 ? fails("ENODATA") : found.map((text) => text.split("|"));
    },
  };
}

export function authorFrom(...fields: string[]): Author {
  const header = splitHeader(Buffer.from(fields.map((field) => `${field}\r\n`).join("")));
  if (!header.ok) throw new Error(header.problem);
  return authorOf(header.value);
}

export type Vector = {
  names: Names;
  author: Author;
  dkim: DkimOutcome[];
  spf: SpfOutcome | undefined;
  options: { onReject?: "reject"; onTemporaryError?: "defer" };
  suffixes: string[];
  expected: { kind: string; value: string }[];
};

export const folder: URL = new URL("./", import.meta.url);

export function readVector(file: string): Vector {
  const text = readFileSync(new URL(file, folder), "utf8").replace(/^# .*\n/gm, "");
  const [records = "", message = "", expected = ""] = text.split(/^\n/m);
  const vector: Vector = {
    names: {},
    author: authorFrom(...lines(message).flatMap(({ kind, value }) => (kind === "header" ? [value] : []))),
    dkim: [],
    spf: undefined,
    options: {},
    suffixes: [],
    expected: lines(expected),
  };
  for (const { kind: name, value } of lines(records)) {
    const { kind, value: rest } = cut(value);
    const before = vector.names[name];
    if (kind === "TXT") vector.names[name] = [...(Array.isArray(before) ? before : []), rest];
    else if (kind === "NODATA") vector.names[name] = [];
    else if (kind === "ERROR") vector.names[name] = { code: rest };
    else throw new Error(`${file}: ${name} ${value}`);
  }
  for (const { kind, value } of lines(message)) readInput(vector, kind, value.split(" "), file);
  return vector;
}

function readInput(vector: Vector, kind: string, words: string[], file: string): void {
  const [first = "", domain = "", ...more] = words;
  if (kind === "dkim") {
    const selector = more.find((word) => word !== "testing");
    vector.dkim.push({ result: first, signingDomain: domain, selector, testing: more.includes("testing") });
  } else if (kind === "spf")
    vector.spf = { result: first, domain, identity: more.includes("helo") ? "helo" : "mailfrom" };
  else if (kind === "on-reject") vector.options.onReject = "reject";
  else if (kind === "on-temporary-error") vector.options.onTemporaryError = "defer";
  else if (kind === "suffix") vector.suffixes.push(first);
  else if (kind !== "header") throw new Error(`${file}: ${kind}`);
}

const lines = (part: string): { kind: string; value: string }[] =>
  part
    .split("\n")
    .filter((line) => line !== "")
    .map(cut);

function cut(line: string): { kind: string; value: string } {
  const space = line.indexOf(" ");
  return space < 0 ? { kind: line, value: "" } : { kind: line.slice(0, space), value: line.slice(space + 1) };
}
