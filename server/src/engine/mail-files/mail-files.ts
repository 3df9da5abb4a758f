import { createReadStream, type Dirent } from "node:fs";
import { open, readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { withCrlf } from "./line-ends.ts";
import { mailFileLimits, type MailFileLimits } from "./limits.ts";
import { looksLikeMbox, splitMbox } from "./mbox.ts";

/** A message out of a file, with CRLF; or why there is none. `file` names it for people. */
export type FiledMessage = { file: string } & ({ ok: true; octets: Uint8Array } | { ok: false; problem: string });

/**
 * The messages of files, one at a time: a file is a message, an mbox, or a Maildir (a folder with `new` and `cur`). Whatever
 * cannot be read becomes a problem, and the others are read on.
 */
export async function* readMailFiles(
  files: readonly string[],
  limits: MailFileLimits = mailFileLimits,
): AsyncGenerator<FiledMessage> {
  let messages = 0;
  let octets = 0;
  for (const file of files) {
    for await (const message of messagesIn(file, limits)) {
      if (message.ok && messages++ >= limits.messagesMax)
        return yield { file, ok: false, problem: `more than ${limits.messagesMax} messages: the rest was left out` };
      octets += message.ok ? message.octets.length : 0;
      if (octets > limits.octetsMax)
        return yield { file, ok: false, problem: `more than ${limits.octetsMax} octets: the rest was left out` };
      yield message;
    }
  }
}

async function* messagesIn(file: string, limits: MailFileLimits): AsyncGenerator<FiledMessage> {
  try {
    const seen = await stat(file);
    if (seen.isDirectory()) yield* maildirMessages(file, limits);
    // Of a pipe or a device nobody knows the size beforehand, nor whether it ever ends.
    else if (!seen.isFile()) yield { file, ok: false, problem: "no ordinary file: save the message to one first" };
    else if (looksLikeMbox(await startOf(file))) yield* mboxMessages(file, limits);
    else yield await messageIn(file, limits);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    yield { file, ok: false, problem: `cannot be read (${error.code})` };
  }
}

const isSystemError = (error: unknown): error is NodeJS.ErrnoException & { code: string } =>
  error instanceof Error && "code" in error && typeof error.code === "string" && "syscall" in error;

async function startOf(file: string): Promise<Uint8Array> {
  const opened = await open(file);
  try {
    const { buffer, bytesRead } = await opened.read({ buffer: Buffer.alloc(16), position: 0 });
    return buffer.subarray(0, bytesRead);
  } finally {
    await opened.close();
  }
}

async function messageIn(file: string, { messageOctetsMax }: MailFileLimits): Promise<FiledMessage> {
  if ((await stat(file)).size > messageOctetsMax) return { file, ok: false, problem: tooLarge(messageOctetsMax) };
  return filed(file, await readFile(file));
}

async function* mboxMessages(file: string, { messageOctetsMax }: MailFileLimits): AsyncGenerator<FiledMessage> {
  let number = 0;
  for await (const { octets, tooLarge: left } of splitMbox(createReadStream(file), messageOctetsMax)) {
    const name = `${file}, message ${++number}`;
    yield left ? { file: name, ok: false, problem: tooLarge(messageOctetsMax) } : filed(name, octets);
  }
}

/** `new` and `cur` hold a message a file; what is in `tmp` is not delivered yet. */
async function* maildirMessages(folder: string, limits: MailFileLimits): AsyncGenerator<FiledMessage> {
  let isMaildir = false;
  for (const part of ["new", "cur"]) {
    const entries = await entriesOf(path.join(folder, part));
    if (entries === undefined) continue;
    isMaildir = true;
    for (const name of entries
      .filter((entry) => entry.isFile() && !entry.name.startsWith("."))
      .map((entry) => entry.name)
      .sort())
      yield await messageIn(path.join(folder, part, name), limits);
  }
  if (!isMaildir)
    yield { file: folder, ok: false, problem: "a folder that is no Maildir: it has neither `new` nor `cur`" };
}

async function entriesOf(folder: string): Promise<Dirent[] | undefined> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (isSystemError(error) && error.code === "ENOENT") return undefined;
    throw error;
  }
}

function filed(file: string, octets: Uint8Array): FiledMessage {
  if (octets.length === 0) return { file, ok: false, problem: "empty" };
  const mail = withCrlf(octets);
  return mail.ok ? { file, ok: true, octets: mail.octets } : { file, ok: false, problem: mail.problem };
}

const tooLarge = (octetsMax: number): string => `a message of over ${octetsMax} octets`;
