import { closeSync, openSync, readSync } from "node:fs";
import { type KeyFile, keyFileOctetsMax, readKeyFile } from "../../../engine/keystore/read-key-file.ts";
import { Secret } from "../../../engine/keystore/secret.ts";
import { CommandFailed } from "../exit.ts";
import { stdinBytes } from "../stdin.ts";

/** A private key of the customer's as PEM. It is opened here, so that its passphrase never leaves this machine. */
export async function privateKeyOf(file: string, passphraseFile: string | undefined): Promise<Secret<string>> {
  const passphrase = passphraseFile === undefined ? undefined : passphraseOf(passphraseFile);
  const key = await keyIn("--key", file, "private", passphrase);
  if (key.holds === "public")
    throw new CommandFailed(
      `--key ${file}: it holds a public key; with --public we host it for a private key that signs elsewhere`,
    );
  return new Secret(key.privateKey.export({ format: "pem", type: "pkcs8" }) as string);
}

/** A public key of the customer's as PEM. */
export async function publicKeyOf(file: string): Promise<string> {
  const key = await keyIn("--public", file, "public", undefined);
  if (key.holds === "private")
    throw new CommandFailed(
      `--public ${file}: it holds a private key, which is not needed here and was not sent; give the public half`,
    );
  return key.publicKey.export({ format: "pem", type: "spki" }) as string;
}

async function keyIn(
  option: string,
  file: string,
  wanted: "private" | "public",
  passphrase: Secret<string> | undefined,
): Promise<Exclude<KeyFile, { holds: "nothing" }>> {
  const key = readKeyFile(file === "-" ? await stdinBytes() : octetsOf(option, file), wanted, passphrase);
  if (key.holds === "nothing") throw new CommandFailed(`${option} ${file}: ${key.problem}`);
  return key;
}

function octetsOf(option: string, file: string): Buffer {
  try {
    const octets = beginningOf(file, keyFileOctetsMax + 1);
    if (octets.length > keyFileOctetsMax) throw new Error(`it is over ${keyFileOctetsMax} octets long; no key is`);
    return octets;
  } catch (error) {
    throw new CommandFailed(`${option} ${file}: ${(error as Error).message}`);
  }
}

/** A pipe or a device does not tell how long it is, and may have no end. */
function beginningOf(file: string, octetsMax: number): Buffer {
  const descriptor = openSync(file, "r");
  try {
    const octets = Buffer.alloc(octetsMax);
    let length = 0;
    for (let read = -1; read !== 0 && length < octetsMax; length += read)
      read = readSync(descriptor, octets, length, octetsMax - length, null);
    return octets.subarray(0, length);
  } finally {
    closeSync(descriptor);
  }
}

/** The first line of the file, without its end. */
const passphraseOf = (file: string): Secret<string> =>
  new Secret(octetsOf("--passphrase-file", file).toString("utf8").split(/\r?\n/, 1)[0]!);
