import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { octets, resolver } from "../../vectors/dkim/example.ts";
import { resultOf } from "./verdict.ts";
import type { VerifyOptions } from "./verification.ts";
import { verify } from "./verify.ts";

const folder = new URL("../../vectors/dkim/", import.meta.url);
const files = readdirSync(folder).filter((file) => file.endsWith(".txt"));

type Vector = {
  /** What the case shows: rows of requirements, sections, a sentence. */
  about: string;
  expected: string[];
  /** Beyond word and reason: signature by number from 1, name of the value, value. */
  says: { signature: number; name: string; value: unknown }[];
  options: Omit<VerifyOptions, "resolveTxt">;
  records: Record<string, string[] | { code: string }>;
  message: string;
};

function read(file: string): Vector {
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

const vectors = files.map((file) => ({ file, ...read(file) }));

describe("every vector gets the verdict that it names", () => {
  test.each(vectors)("$file: $about", async ({ expected, says, options, records, message }) => {
    const verifications = await verify(octets(message), { resolveTxt: resolver(records), ...options });
    expect(verifications.map(({ result, reason }) => (reason === undefined ? result : `${result} ${reason}`))).toEqual(
      expected,
    );
    for (const { signature, name, value } of says) {
      expect(verifications[signature - 1]).toMatchObject({ [name]: value });
    }
  });

  test("every reason has a vector, but the one that needs a message of a few MiB", () => {
    const seen = new Set(vectors.flatMap(({ expected }) => expected.map((line) => line.split(" ")[1])));
    const missing = Object.keys(resultOf).filter((reason) => !seen.has(reason));
    expect(missing).toEqual(["header-too-large"]);
  });

  test("every vector says what it is about, and cites the standard", () => {
    expect(vectors.filter(({ about }) => !/^(?:(?:DKIM-[VKR]|R)-\d+ ?)+, RFC \d+ /.test(about))).toEqual([]);
  });
});

/** RFC 8601 §2.7.1: what each word means, reason by reason. `neutral` to `policy` are decided in `verdict.ts` alone. */
const reasonsOf = {
  "DKIM-R-11 fail: acceptable, and body hash or signature does not verify": [
    "fail",
    ["body-hash-mismatch", "body-too-short", "signature-mismatch", "body-too-long"],
  ],
  "DKIM-R-12 policy: it verifies or could, and a rule of ours refuses it": [
    "policy",
    ["sha1", "key-too-small", "key-too-large", "expired", "registry-suffix", "uncovered-body", "not-evaluated"],
  ],
  "DKIM-R-13 neutral: it cannot be parsed, or not be worked on": [
    "neutral",
    [
      "malformed-signature",
      "incompatible-version",
      "unknown-algorithm",
      "unknown-canonicalization",
      "unknown-query-method",
      "header-too-large",
    ],
  ],
  "DKIM-R-14 temperror: the key could not be fetched now": ["temperror", ["dns-timeout", "dns-failure"]],
  "DKIM-R-15 permerror: no later try will make it right": [
    "permerror",
    [
      "from-not-signed",
      "identity-outside-domain",
      "key-not-found",
      "several-key-records",
      "key-malformed",
      "key-revoked",
      "key-not-applicable",
    ],
  ],
} as const;

test.each(Object.entries(reasonsOf))("%s", (_row, [word, reasons]) => {
  const given = Object.entries(resultOf).flatMap(([reason, result]) => (result === word ? [reason] : []));
  expect(given).toEqual(reasons);
  const shown = new Set(vectors.flatMap(({ expected }) => expected));
  for (const reason of reasons) {
    if (reason !== "header-too-large") expect([...shown]).toContain(`${word} ${reason}`);
  }
});
