import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  forge,
  header as otherHeader,
  now,
  octets,
  rsaPrivateKey,
  signatureTemplate,
} from "../../../vectors/dkim/example.ts";
import { verify } from "../verify/verify.ts";
import { compareWithSent } from "./compare-sent.ts";
import { comparisonLines } from "./comparison-words.ts";
import { explainFailures, explainedSignaturesMax, type Explanation } from "./explain.ts";
import { body, header, lines, plain, resolveTxt, signed } from "./test-signed.ts";
import { explanationLines } from "./words.ts";

/** Everything that is said of a message, and of how it differs from another. */
async function say(message: Uint8Array, sent: Uint8Array): Promise<(Explanation | undefined)[]> {
  const verifications = await verify(message, { resolveTxt, now, signaturesMax: 1000 });
  const explanations = await explainFailures(message, verifications, { resolveTxt });
  const comparison = await compareWithSent(sent, message, { resolveTxt });
  const said = [
    ...explanations.flatMap((each) => (each === undefined ? [] : explanationLines(each))),
    ...comparisonLines(comparison),
  ];
  for (const line of said) expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
  return explanations;
}

const multipart = lines(
  "From: Ann <ann@example.com>",
  "Subject: =?utf-8?q?caf=C3=A9?=",
  'Content-Type: multipart/mixed; boundary="b"',
  "",
  "--b",
  "Content-Transfer-Encoding: quoted-printable",
  "",
  "caf=C3=A9 =",
  "",
  "--b",
  "Content-Transfer-Encoding: base64",
  "",
  "AAAA",
  "--b--",
);
const rsa = { a: "rsa-sha256", s: "r" };

test("any octets are explained and compared without a throw, and no control character is printed", async () => {
  const starts = [
    await signed(plain),
    await signed(multipart, { canonicalization: "simple/simple" }),
    forge(signatureTemplate({ z: "From:a|Subject:=00", l: "20" }), { header, body }) + plain,
  ];
  const mutation = fc.record({
    at: fc.nat(2000),
    cut: fc.nat(5),
    put: fc.oneof(
      fc.string({ unit: "binary-ascii", maxLength: 4 }),
      fc.constantFrom(
        "\r\n",
        "\r\n ",
        "=",
        "\xff",
        "\xe2\x80\xae",
        "\x1b[2J",
        "--b",
        "[x] ",
        "=?utf-8?b?",
        "base64",
        "\r\n\r\n",
        "From: <a>,",
        "multipart/",
      ),
    ),
  });
  const anything = fc.oneof(
    fc
      .tuple(fc.constantFrom(...starts), fc.array(mutation, { minLength: 1, maxLength: 4 }))
      .map(([text, changes]) =>
        changes.reduce((result, { at, cut, put }) => result.slice(0, at) + put + result.slice(at + cut), text),
      ),
    fc.uint8Array({ maxLength: 300 }).map((random) => Buffer.from(random).toString("latin1")),
  );
  await fc.assert(
    fc.asyncProperty(anything, fc.nat(2), async (text, start) => {
      for (const explanation of await say(octets(text), octets(starts[start]!)))
        for (const { found = "", signed: was = "" } of explanation?.changes ?? [])
          expect(Math.max(found.length, was.length)).toBeLessThanOrEqual(200);
    }),
    { numRuns: 400 },
  );
});

const changedHeader = otherHeader.replace("Is dinner", "Was dinner");
const broken = (tags: Record<string, string>, all = otherHeader): string =>
  forge(signatureTemplate({ ...rsa, ...tags }), { header: all, privateKey: rsaPrivateKey });

test("a message made to be slow is not", async () => {
  const one = broken({});
  const simple = broken({ c: "simple/simple" });
  const evil = ['"', "@", "<", " x", "a,", "=?utf-8?q?", "[a]", "(", ";", "\r\n ", "x <", 'a" <'].map((piece) =>
    ["From", "To", "Subject", "Date", "Content-Type", "References"]
      .map((name) => `${name}: ${piece.repeat(1900 / piece.length)}x\r\n`)
      .join(""),
  );
  const slow = [
    `${Array.from({ length: 100 }, (_, at) => broken({ t: `${now - at}` })).join("")}${changedHeader}\r\nHo\r\n`,
    `${Array.from({ length: 100 }, (_, at) => forge(signatureTemplate({ t: `${now - at}` }))).join("")}${changedHeader}\r\nHo\r\n`,
    `${one}${changedHeader}\r\n${"The quick brown fox jumps over the lazy dog.\r\n".repeat(430_000)}`,
    ...[one, simple].flatMap((signature) => [
      `${signature}${changedHeader}\r\n${"..\r\n".repeat(200_000)}`,
      `${signature}${changedHeader}\r\n${"\r\n".repeat(1_000_000)}x`,
      `${signature}${changedHeader}\r\n${" ".repeat(2_000_000)}`,
      `${signature}Content-Type: multipart/mixed; boundary=a\r\n${changedHeader}\r\n${"--a\r\nContent-Type: multipart/x; boundary=a\r\n\r\n".repeat(30_000)}`,
      `${signature}Content-Transfer-Encoding: quoted-printable\r\n${changedHeader}\r\n${"=41= ".repeat(200_000)}`,
    ]),
    `${one}${Array.from({ length: 10_000 }, (_, at) => `X-${at}: ${at}\r\n`).join("")}${changedHeader}\r\nHo`,
    `${broken({ h: `from:subject${":x".repeat(10_000)}` }, `${"X: a\r\n".repeat(10_000)}${otherHeader}`)}${"X: a\r\n".repeat(10_000)}${changedHeader}\r\nHo`,
    `${broken({ h: `from${":subject".repeat(6000)}` })}${"Subject: [a] a\r\n".repeat(10_000)}${changedHeader}\r\nHo`,
    ...evil.flatMap((fields) =>
      ["relaxed/relaxed", "simple/simple"].map(
        (c) => `${broken({ c, h: "from:to:subject:date:content-type:references" })}${fields.repeat(2)}\r\nHo`,
      ),
    ),
  ];
  const started = process.cpuUsage();
  for (const text of slow) await say(octets(text), octets(text.slice(0, -3)));
  const { user, system } = process.cpuUsage(started);
  // Some seconds in practice: the bound tells linear from quadratic, not fast from slow.
  expect((user + system) / 1e6).toBeLessThan(40);
}, 120_000);

test("signatures past the limit are named as not searched", async () => {
  const signatures = Array.from({ length: explainedSignaturesMax + 1 }, (_, at) => broken({ t: `${now - at}` })).join(
    "",
  );
  const explanations = await say(octets(`${signatures}${changedHeader}\r\nHo\r\n`), octets(plain));
  expect(explanations.map((each) => each!.searched === "no")).toEqual([
    ...Array.from({ length: explainedSignaturesMax }, () => false),
    true,
  ]);
});

test("a body over the limit is not searched, and its header is", async () => {
  const message = octets(`${broken({})}${otherHeader}\r\n`);
  const explanations = await say(Buffer.concat([message, Buffer.alloc(32 * 1024 * 1024 + 1, "a line\r\n")]), message);
  expect(explanations).toMatchObject([{ body: "changed", header: "intact", searched: "no" }]);
});
