import { describe, expect, test } from "vitest";
import { octets, resolver } from "../../../vectors/dkim/example.ts";
import { readVector, vectorFiles } from "../../../vectors/dkim/vector.ts";
import { resultOf } from "../signature/verdict.ts";
import { verify } from "./verify.ts";

const vectors = vectorFiles.map((file) => ({ file, ...readVector(file) }));

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
