import { expect, test } from "vitest";
import {
  forge,
  header as otherHeader,
  now,
  octets,
  rsaPrivateKey,
  signatureTemplate,
} from "../../../vectors/dkim/example.ts";
import { turnsOf } from "../verify/test-turns.ts";
import { verify } from "../verify/verify.ts";
import { compareWithSent } from "./compare-sent.ts";
import { explainFailures } from "./explain.ts";
import { GrowingText, inPieces, Pace, piecesOf } from "./pace.ts";
import { resolveTxt } from "./test-signed.ts";

const rsa = { a: "rsa-sha256", s: "r" };
const broken = (tags: Record<string, string> = {}, header = otherHeader): string =>
  forge(signatureTemplate({ ...rsa, ...tags }), { header, privateKey: rsaPrivateKey });
const changedHeader = otherHeader.replace("Is dinner", "Was dinner");
const mebibyte = 1024 * 1024;

/** Of a message and of what was sent instead: how often others have their turn. */
async function turnsFor(message: string, sent: string): Promise<{ explaining: number; comparing: number }> {
  const received = octets(message);
  const verifications = await verify(received, { resolveTxt, now });
  return {
    explaining: await turnsOf(() => explainFailures(received, verifications, { resolveTxt })),
    comparing: await turnsOf(() => compareWithSent(octets(sent), received, { resolveTxt })),
  };
}

/** What is done with each body at least: hashed for a footer; hashed for both messages, in two canonicalizations. */
const turnsPerMebibyte = 4;

test.each([
  ["one line", "x".repeat(4 * mebibyte), 50],
  ["short lines", "the quick brown fox\r\n".repeat(200_000), 20],
  ["empty lines", "x\r\n" + "\r\n".repeat(400_000) + "x", 10],
  ["line feeds alone", "\n".repeat(4 * mebibyte), 50],
  ["base64", `${"QUJD".repeat(19)}\r\n`.repeat(50_000), 20, "Content-Transfer-Encoding: base64\r\n"],
  ["quoted-printable in one line", "=41= ".repeat(800_000), 10, "Content-Transfer-Encoding: quoted-printable\r\n"],
  ["parts", "--a\r\n\r\nabc\r\n".repeat(300_000), 3, "Content-Type: multipart/mixed; boundary=a\r\n"],
])(
  "others have their turn again and again while a large body is looked at: %s",
  async (_, body, passes, fields = "") => {
    const message = `${broken()}${fields}${changedHeader}\r\n${body}`;
    const { explaining, comparing } = await turnsFor(message, `${message.slice(0, -9)}y`);
    const mebibytes = body.length / mebibyte;
    expect(explaining).toBeGreaterThan(passes * turnsPerMebibyte * mebibytes);
    expect(comparing).toBeGreaterThan(4 * turnsPerMebibyte * mebibytes);
  },
);

test.each([
  ["10,000 fields of one name", "X: a\r\n".repeat(10_000), { h: `from:subject${":x".repeat(10_000)}` }],
  ["a field of a mebibyte", `X: ${"\t x".repeat(350_000)}\r\n`, { h: "from:subject:x" }],
  ["thousands of tries", "Received: a\r\n".repeat(30), { h: "from:subject:reply-to:sender:list-id:cc" }],
])("others have their turn again and again while a large header is looked at: %s", async (_, fields, tags) => {
  const message = `${broken(tags, `${fields}${otherHeader}`)}${fields}${changedHeader}\r\nHo\r\n`;
  const { explaining, comparing } = await turnsFor(message, message.replace("Was", "Is").replaceAll("X: a", "X: b"));
  expect(explaining).toBeGreaterThan(10);
  expect(comparing).toBeGreaterThan(2);
});

test("thousands of signatures are read with turns in between", async () => {
  const signatures = Array.from({ length: 1000 }, (_, at) => broken({ t: `${now - at}` })).join("");
  const message = `${signatures}${changedHeader}\r\nHo\r\n`;
  expect((await turnsFor(message, message.replace("Ho", "Hi"))).comparing).toBeGreaterThan(20);
});

test("pieces are the text again, and no line end is cut in two", async () => {
  for (const unit of ["\r\r\n", "\r\n", "x\r\n", "\r", "\n", "\r\r\r\n", "ab\r\rc\n"]) {
    const text = unit.repeat(30_000);
    const pieces: string[] = [];
    for await (const piece of piecesOf(text, new Pace())) pieces.push(piece);
    expect(pieces.join("") === text).toBe(true);
    expect(pieces.length).toBeGreaterThan(0);
    const rule = (all: string): string => all.replace(/\r\r\n/g, "\r\n").replace(/\r(?!\n)|(?<!\r)\n/g, "\r\n");
    expect((await inPieces(text, new Pace(), rule)) === rule(text)).toBe(true);
  }
});

test("text grows from small and large pieces in their order", () => {
  const pieces = Array.from({ length: 5000 }, (_, at) => `${at},`.repeat(at % 1000 === 999 ? 40_000 : 1));
  const grown = new GrowingText();
  expect(grown.isEmpty).toBe(true);
  for (const piece of pieces) grown.push(piece);
  expect(grown.isEmpty).toBe(false);
  expect(grown.text() === pieces.join("")).toBe(true);
});
