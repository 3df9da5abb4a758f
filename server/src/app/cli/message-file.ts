import { readFileSync } from "node:fs";
import { CommandFailed, note } from "./exit.ts";
import { stdinBytes } from "./stdin.ts";

const lf = 0x0a;
const cr = 0x0d;

/**
 * Reads a message for signing or verifying. Mail has CRLF; a file whose lines all end in LF is read as CRLF, with a note.
 * Mixed line ends are refused: nobody can say what was signed.
 */
export async function readMessageFile(file: string): Promise<Uint8Array> {
  return file === "-" ? withCrlf(await stdinBytes(), "standard input") : withCrlf(readBytes(file), file);
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
export function withCrlf(bytes: Uint8Array, name: string): Uint8Array {
  let bare = 0;
  let crlf = 0;
  for (let at = bytes.indexOf(lf); at >= 0; at = bytes.indexOf(lf, at + 1))
    if (bytes[at - 1] === cr) crlf++;
    else bare++;
  if (bare === 0) return bytes;
  if (crlf > 0)
    throw new CommandFailed(
      `${name}: ${crlf} lines end in CRLF and ${bare} in LF; mail has CRLF. Save the message as it was received, or convert all of it`,
    );
  note(`${name}: lines end in LF; read as CRLF`);
  const converted = new Uint8Array(bytes.length + bare);
  let to = 0;
  for (const byte of bytes) {
    if (byte === lf) converted[to++] = cr;
    converted[to++] = byte;
  }
  return converted;
}
