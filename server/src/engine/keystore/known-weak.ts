import { createHash, type KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Where Debian's package openssl-blacklist puts its lists. */
const weakKeysFolder = "/usr/share/openssl-blacklist";

/**
 * A look-up of RSA keys that OpenSSL made on Debian between 2006 and 2008 (CVE-2008-0166), in lists of the form of Debian's
 * package openssl-blacklist: `blacklist.RSA-<bits>`, a line for each key, the last 20 hexadecimal digits of the SHA-1 of
 * `Modulus=<hexadecimal capitals>` and a line feed. A list is read when the first key of its length comes; where there is
 * none, no key of that length is known. `folder` absent: that of the package.
 */
export function knownWeakKeys(folder: string = weakKeysFolder): (publicKey: KeyObject) => "debian" | undefined {
  const lists = new Map<number, ReadonlySet<string>>();
  return (publicKey) => {
    const bits = publicKey.asymmetricKeyDetails?.modulusLength;
    if (bits === undefined) return undefined;
    const list = lists.get(bits) ?? readList(join(folder, `blacklist.RSA-${bits}`));
    lists.set(bits, list);
    return list.has(listed(publicKey)) ? "debian" : undefined;
  };
}

function readList(file: string): ReadonlySet<string> {
  let text: string;
  try {
    text = readFileSync(file, "latin1");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return new Set();
    throw error;
  }
  return new Set(text.split("\n").filter((line) => /^[0-9a-f]{20}$/.test(line)));
}

const digitsListed = 20;

function listed(publicKey: KeyObject): string {
  const modulus = Buffer.from(publicKey.export({ format: "jwk" })["n"]!, "base64url")
    .toString("hex")
    .toUpperCase();
  return createHash("sha1").update(`Modulus=${modulus}\n`).digest("hex").slice(-digitsListed);
}
