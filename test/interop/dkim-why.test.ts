/** Signed messages through programs that are known to break signatures: each break is named for what it is. */
import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
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

describe("Postfix", () => {
  let sink: SmtpSink;
  const config = path.join(folder, "postfix");

  beforeAll(async () => {
    sink = await startSink({ extensions: ["ENHANCEDSTATUSCODES"] });
    await startPostfix(sink.port);
  });
  afterAll(async () => {
    run("postfix", ["-c", config, "stop"], "");
    await sink.close();
  });

  /** Through Postfix to a server without 8BITMIME; without the Received field that it puts on top. */
  async function through(message: string): Promise<string> {
    const from = sink.messages.length;
    const text = message.replaceAll("\r\n", "\n");
    run(
      "/usr/sbin/sendmail",
      ["-C", config, "-G", "-i", "-B", "8BITMIME", "-f", "ann@example.com", "bob@example.net"],
      text,
    );
    await expect.poll(() => sink.messages.length, { timeout: 60_000 }).toBe(from + 1);
    return sink.messages[from]!.octets.toString("latin1");
  }

  test("8bit text becomes quoted-printable for a server without 8BITMIME", async () => {
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

  async function startPostfix(nextPort: number): Promise<void> {
    const queue = path.join(folder, "queue");
    const library = path.join(folder, "lib");
    for (const made of [config, queue, library]) mkdirSync(made);
    chmodSync(folder, 0o755);
    chownSync(library, Number(run("id", ["-u", "postfix"], "")), 0);
    const main = {
      compatibility_level: "3.6",
      queue_directory: queue,
      data_directory: library,
      maillog_file: path.join(folder, "log"),
      maillog_file_prefixes: "/tmp, /var",
      inet_protocols: "ipv4",
      myhostname: "postfix.example.net",
      mydestination: "",
      relayhost: `[127.0.0.1]:${nextPort}`,
      smtp_host_lookup: "native",
      alternate_config_directories: config,
    };
    const settings = Object.entries(main).map(([name, value]) => `${name} = ${value}\n`);
    writeFileSync(path.join(config, "main.cf"), settings.join(""));
    const services = [
      `127.0.0.1:${await freePort()} inet n - n - - smtpd`,
      "pickup unix n - n 1 1 pickup",
      "cleanup unix n - n - 0 cleanup",
      "qmgr unix n - n 300 1 qmgr",
      "rewrite unix - - n - - trivial-rewrite",
      ...["bounce", "defer", "trace"].map((name) => `${name} unix - - n - 0 bounce`),
      "smtp unix - - n - - smtp",
      "relay unix - - n - - smtp",
      ...["proxymap", "anvil", "scache", "flush", "showq"].map((name) => `${name} unix - - n - 1 ${name}`),
      "postlog unix-dgram n - n - 1 postlogd",
    ];
    writeFileSync(path.join(config, "master.cf"), `${services.join("\n")}\n`);
    run("postfix", ["-c", config, "start"], "");
  }

  async function freePort(): Promise<number> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
});
