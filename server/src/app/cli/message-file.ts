import { readFileSync } from "node:fs";
import { withCrlf } from "../../engine/mail-files/line-ends.ts";
import { CommandFailed, note } from "./exit.ts";
import { stdinBytes } from "./stdin.ts";

/** Reads a message for signing or verifying, with the line ends that mail has; a note says where they were others. */
export async function readMessageFile(file: string): Promise<Uint8Array> {
  return file === "-" ? asMail(await stdinBytes(), "standard input") : asMail(readBytes(file), file);
}

function readBytes(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new CommandFailed(code === "EISDIR" ? `${file} is a folder; the file of a message is expected` : message);
  }
}

/** Exported for its test. */
export function asMail(bytes: Uint8Array, name: string): Uint8Array {
  const mail = withCrlf(bytes);
  if (!mail.ok) throw new CommandFailed(`${name}: ${mail.problem}`);
  if (mail.converted) note(`${name}: lines end in LF; read as CRLF`);
  return mail.octets;
}
