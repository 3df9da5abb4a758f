import { createHash, type KeyObject } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The lists that come with Chancery; which keys they hold is in their README. */
const ownFolder = fileURLToPath(new URL("../../../weak-keys", import.meta.url));
/** Where Debian's package openssl-blacklist puts its lists. */
const packageFolder = "/usr/share/openssl-blacklist";

/** Of each key the first octets of the last ten of SHA-1 are compared. A sound key shares them with a listed one once in 10⁹. */
const listedOctets = 6;

/**
 * A look-up of RSA keys that OpenSSL made on Debian between 2006 and 2008 (CVE-2008-0166): in the lists that come with
 * Chancery, and in those of Debian's package openssl-blacklist (`blacklist.RSA-<bits>`) in `folder`; absent: where the package
 * puts them. Lists of a length are read when the first key of that length comes.
 */
export function knownWeakKeys(folder: string = packageFolder): (publicKey: KeyObject) => "debian" | undefined {
  const lists = new Map<number, ReadonlySet<number>>();
  return (publicKey) => {
    const bits = publicKey.asymmetricKeyDetails?.modulusLength;
    if (bits === undefined) return undefined;
    const list = lists.get(bits) ?? new Set([...ownList(bits), ...packageList(join(folder, `blacklist.RSA-${bits}`))]);
    lists.set(bits, list);
    return list.has(listedOf(publicKey)) ? "debian" : undefined;
  };
}

/** Files of this length for each kind of machine, six octets a key. */
function* ownList(bits: number): Generator<number> {
  for (const name of readdirSync(ownFolder).filter((file) => file.startsWith(`rsa${bits}-`))) {
    const octets = readFileSync(join(ownFolder, name));
    for (let at = 0; at + listedOctets <= octets.length; at += listedOctets) yield octets.readUIntBE(at, listedOctets);
  }
}

/** A line for each key: the last 20 hexadecimal digits of SHA-1. */
function packageList(file: string): number[] {
  let text: string;
  try {
    text = readFileSync(file, "latin1");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
  const lines = text.split("\n").filter((line) => /^[0-9a-f]{20}$/.test(line));
  return lines.map((line) => Number.parseInt(line.slice(0, listedOctets * 2), 16));
}

/** What `openssl rsa -noout -modulus | sha1sum` prints is what both kinds of lists are made of. */
function listedOf(publicKey: KeyObject): number {
  const modulus = Buffer.from(publicKey.export({ format: "jwk" })["n"]!, "base64url")
    .toString("hex")
    .toUpperCase();
  const digest = createHash("sha1").update(`Modulus=${modulus}\n`).digest();
  return digest.readUIntBE(digest.length - 10, listedOctets);
}
