/** Signed messages through programs that are known to break signatures: each break is named for what it is. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { explainFailures, sign, verify, type Canonicalization } from "chancery/dkim";
import {
  forge,
  keyRecords,
  now,
  octets,
  resolver,
  rsaKey,
  signatureTemplate,
} from "../../protocol/vectors/dkim/example.ts";
import { type SmtpSink, startSink } from "../fakes/smtp-sink.ts";
import { type Postfix, startPostfix } from "../postfix.ts";

const resolveTxt = resolver(keyRecords);
const folder = mkdtempSync(path.join(tmpdir(), "dkim-why-"));
const lines = (...all: string[]): string => all.map((line) => `${line}\r\n`).join("");

const header = lines(
  "From: Ann Author <ann@example.com>",
  "To: list@lists.example.org",
  "Subject: Dinner on Friday",
  "Date: Fri, 01 Jul 2022 10:52:37 +0000",
  "Message-ID: <1@example.com>",
  "MIME-Version: 1.0",
);
const plainType = lines("Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit");
const body = lines("Dear Bob,", "", "the caf\xc3\xa9 at eight?", "From there we walk = stroll.", "", "Ann");
const plain = `${header}${plainType}\r\n${body}`;
const html = `${header}Content-Type: text/html; charset=us-ascii\r\n\r\n<p>Hi</p>\r\n`;
const multipart = `${header}Content-Type: multipart/mixed; boundary="b"\r\n\r\n${lines("--b", "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit", "", "caf\xc3\xa9", "--b", "Content-Type: text/plain; charset=us-ascii", "", "notes", "--b--")}`;

async function signed(message: string, canonicalization: Canonicalization = "relaxed/relaxed"): Promise<string> {
  const fields = await sign(octets(message), { keys: [rsaKey], canonicalization, now });
  return Buffer.from(fields).toString("latin1") + message;
}

/** The kinds of change that are named for the first signature, with the field. */
async function named(message: string): Promise<string[]> {
  const verifications = await verify(octets(message), { resolveTxt, now });
  expect(verifications.map(({ result }) => result)).toEqual(["fail"]);
  const [explanation] = await explainFailures(octets(message), verifications, { resolveTxt });
  return explanation!.changes.map(({ kind, field }) => (field === undefined ? kind : `${kind} ${field}`)).sort();
}

function run(command: string, args: readonly string[], input: string): string {
  try {
    return execFileSync(command, args, { input: Buffer.from(input, "latin1"), encoding: "latin1" });
  } catch (error) {
    throw new Error(`${command} did not run: is the peer installed?`, { cause: error });
  }
}

afterAll(() => rmSync(folder, { recursive: true }));

describe("Python's email library, as mailing lists use it", () => {
  const script = new URL("dkim-why/list.py", import.meta.url).pathname;
  const through = (how: string, message: string): string => run("/usr/bin/python3", [script, how], message);

  test("a tag, and a footer below a body that becomes base64", async () => {
    expect(await named(through("footer", await signed(plain)))).toEqual([
      "content-type-rewritten Content-Type",
      "footer-added",
      "re-encoded",
      "re-encoded Content-Transfer-Encoding",
      "subject-tagged Subject",
    ]);
  });
  test("a tag, and a multipart around the message for the footer", async () => {
    expect(await named(through("wrap", await signed(html)))).toEqual([
      "subject-tagged Subject",
      "wrapped-in-multipart",
      "wrapped-in-multipart Content-Type",
    ]);
  });
  test("an mbox file", async () => {
    expect(await named(through("mbox", await signed(plain)))).toEqual(["from-lines-quoted"]);
  });
});

describe("altermime, as content filters use it for disclaimers", () => {
  const disclaimer = path.join(folder, "disclaimer");
  const through = (message: string): string => {
    writeFileSync(disclaimer, "This mail is confidential.\n");
    const file = path.join(folder, "message");
    writeFileSync(file, Buffer.from(message.replaceAll("\r\n", "\n"), "latin1"));
    run("altermime", [`--input=${file}`, `--disclaimer=${disclaimer}`], "");
    return readFileSync(file, "latin1").replace(/(?<!\r)\n/g, "\r\n");
  };

  test("a disclaimer below plain text", async () => {
    const message = plain.replace(/caf\xc3\xa9/, "cafe").replace("8bit", "7bit");
    expect(await named(through(await signed(message)))).toEqual(["footer-added"]);
  });
});

describe("Postfix, handing on to a server without 8BITMIME", () => {
  let sink: SmtpSink;
  let postfix: Postfix;

  beforeAll(async () => {
    sink = await startSink({ extensions: ["ENHANCEDSTATUSCODES"] });
    postfix = await startPostfix({ nextHopPort: sink.port });
  });
  afterAll(async () => {
    await postfix?.stop();
    await sink.close();
  });

  async function through(message: string): Promise<string> {
    const at = sink.messages.length;
    await postfix.sendmail(octets(message.replaceAll("\r\n", "\n")), "bob@example.net");
    await expect.poll(() => sink.messages.length, { timeout: 60_000 }).toBe(at + 1);
    return sink.messages[at]!.octets.toString("latin1");
  }

  test("8bit text becomes quoted-printable", async () => {
    expect(await named(await through(await signed(plain)))).toEqual([
      "re-encoded",
      "re-encoded Content-Transfer-Encoding",
    ]);
  });
  test("so does an 8bit part of a multipart", async () => {
    expect(await named(await through(await signed(multipart)))).toEqual(["re-encoded"]);
  });
  test("a line over 998 octets is broken", async () => {
    const long = `${"a long line ".repeat(100)}\r\n`;
    const message = forge(signatureTemplate(), { header, body: long }) + `${header}\r\n${long}`;
    expect(await named(await through(message))).toEqual(["long-lines-broken"]);
  });
});
