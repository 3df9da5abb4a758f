import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { mailFileLimits } from "./limits.ts";
import { readMailFiles } from "./mail-files.ts";

const folder = mkdtempSync(path.join(tmpdir(), "chancery-mail-files-"));
afterAll(() => rmSync(folder, { recursive: true }));

const write = (name: string, text: string): string => {
  const file = path.join(folder, name);
  writeFileSync(file, text, "latin1");
  return file;
};

/** Text of each message, or its problem after an exclamation mark. */
async function read(files: string[], limits = mailFileLimits): Promise<string[]> {
  const seen: string[] = [];
  for await (const message of readMailFiles(files, limits))
    seen.push(message.ok ? Buffer.from(message.octets).toString("latin1") : `!${message.problem}`);
  return seen;
}

test("a message file is one message; LF becomes CRLF, CRLF stays", async () => {
  expect(await read([write("lf.eml", "A: b\n\nx\n"), write("crlf.eml", "A: c\r\n\r\nx\r\n")])).toEqual([
    "A: b\r\n\r\nx\r\n",
    "A: c\r\n\r\nx\r\n",
  ]);
});

test("mixed line ends are a problem of their message alone", async () => {
  const [first, second] = await read([write("mixed.eml", "A: b\r\n\nx\n"), write("lf.eml", "A: b\n\nx\n")]);
  expect(first).toMatch(/^!1 lines end in CRLF and 2 in LF/);
  expect(second).toBe("A: b\r\n\r\nx\r\n");
});

test("an empty file is no message", async () => {
  expect(await read([write("empty.eml", "")])).toEqual(["!empty"]);
});

test("an mbox is cut at From lines after an empty line, and each > before From goes", async () => {
  const mbox =
    "From a@example.com Thu Jan  1 00:00:00 2026\nA: 1\n\n>From here\n>>From there\nFrom now on\n>not\n\n" +
    "From b@example.com Thu Jan  1 00:00:01 2026\nA: 2\n\nlast\n\n\n";
  expect(await read([write("box", mbox)])).toEqual([
    "A: 1\r\n\r\nFrom here\r\n>From there\r\nFrom now on\r\n>not\r\n",
    "A: 2\r\n\r\nlast\r\n\r\n",
  ]);
});

test("an mbox with CRLF is read as well", async () => {
  const mbox =
    "From a Thu Jan  1 00:00:00 2026\r\nA: 1\r\n\r\nx\r\n\r\nFrom b Thu Jan  1 00:00:00 2026\r\nA: 2\r\n\r\n";
  expect(await read([write("crlf-box", mbox)])).toEqual(["A: 1\r\n\r\nx\r\n", "A: 2\r\n"]);
});

test("an mbox larger than what is read at once gives the same messages", async () => {
  const body = `${"y".repeat(70)}\n`.repeat(2000);
  const mbox = Array.from({ length: 5 }, (_, at) => `From a Thu Jan  1 00:00:00 2026\nA: ${at}\n\n${body}\n`).join("");
  const messages = await read([write("large-box", mbox)]);
  expect(messages.map((message) => message.slice(0, 4))).toEqual(["A: 0", "A: 1", "A: 2", "A: 3", "A: 4"]);
  expect(new Set(messages.map(({ length }) => length))).toEqual(new Set([8 + 2000 * 72]));
});

test("a Maildir gives what is in new and cur, and not what is in tmp", async () => {
  for (const part of ["new", "cur", "tmp"]) {
    mkdirSync(path.join(folder, "Maildir", part), { recursive: true });
    write(`Maildir/${part}/1.example`, `A: ${part}\n\n`);
  }
  write("Maildir/cur/2.example:2,S", "A: seen\n\n");
  write("Maildir/dovecot.index", "x");
  expect(await read([path.join(folder, "Maildir")])).toEqual(["A: new\r\n\r\n", "A: cur\r\n\r\n", "A: seen\r\n\r\n"]);
});

test("what is not there or is no Maildir is a problem, and the others are read", async () => {
  mkdirSync(path.join(folder, "plain"));
  const [missing, plain, found] = await read([
    path.join(folder, "missing.eml"),
    path.join(folder, "plain"),
    write("lf.eml", "A: b\n\nx\n"),
  ]);
  expect(missing).toBe("!cannot be read (ENOENT)");
  expect(plain).toMatch(/^!a folder that is no Maildir/);
  expect(found).toBe("A: b\r\n\r\nx\r\n");
});

test("limits leave the rest out, and say so", async () => {
  const box = write(
    "limits",
    `From a Thu Jan  1 00:00:00 2026\nA: 1\n\n${"x".repeat(400)}\n\nFrom b Thu Jan  1 00:00:00 2026\nA: 2\n\nFrom c Thu Jan  1 00:00:00 2026\nA: 3\n\n`,
  );
  expect(await read([box], { ...mailFileLimits, messageOctetsMax: 100 })).toEqual([
    "!a message of over 100 octets",
    "A: 2\r\n",
    "A: 3\r\n",
  ]);
  expect(await read([box], { ...mailFileLimits, messagesMax: 2 })).toEqual([
    expect.stringMatching(/^A: 1/),
    "A: 2\r\n",
    "!more than 2 messages: the rest was left out",
  ]);
  expect(await read([box], { ...mailFileLimits, octetsMax: 10 })).toEqual([
    "!more than 10 octets: the rest was left out",
  ]);
  expect(await read([write("lf.eml", "A: b\n\nx\n")], { ...mailFileLimits, messageOctetsMax: 5 })).toEqual([
    "!a message of over 5 octets",
  ]);
});
