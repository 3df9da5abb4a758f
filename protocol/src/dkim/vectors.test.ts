import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { octets, resolver } from "../../vectors/dkim/example.ts";
import { resultOf } from "./verdict.ts";
import { verify } from "./verify.ts";

const folder = new URL("../../vectors/dkim/", import.meta.url);
const files = readdirSync(folder).filter((file) => file.endsWith(".txt"));

type Vector = {
  expected: string[];
  now: number;
  records: Record<string, string[] | { code: string }>;
  message: string;
};

function read(file: string): Vector {
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

describe("every vector gets the verdict that it names", () => {
  test.each(files)("%s", async (file) => {
    const { expected, now, records, message } = read(file);
    const verifications = await verify(octets(message), { resolveTxt: resolver(records), now });
    expect(verifications.map(({ result, reason }) => (reason === undefined ? result : `${result} ${reason}`))).toEqual(
      expected,
    );
  });

  test("every reason has a vector, but those that need an option or a message of a few MiB", () => {
    const seen = new Set(files.flatMap((file) => read(file).expected.map((line) => line.split(" ")[1])));
    const missing = Object.keys(resultOf).filter((reason) => !seen.has(reason));
    expect(missing).toEqual(["header-too-large", "registry-suffix", "uncovered-body"]);
  });
});
