import type { KeyFinding } from "./finding.ts";

/** PKCS #8 and PKCS #1 by the base64 that every RSA key of theirs has near its start. */
const rsaStarts = /IBADANBgkqhkiG9w0BAQEFAAS|MII[A-Za-z0-9+/]{2}IBAAK[BC]/;
/** What OpenSSH writes begins with "openssh-key-v1". */
const opensshStart = "b3BlbnNzaC1rZXktdj";

/**
 * Whether a text holds a private key, whole or cut short, behind quotes, blanks and line ends. Whoever shows a text from
 * DNS asks this first: such a text is not printed again.
 */
export function holdsPrivateKey(text: string): boolean {
  if (/PRIVATE KEY-/.test(text)) return true;
  const compact = text.replace(/[^A-Za-z0-9+/=_;:.-]+/g, "");
  if (compact.includes(opensshStart) || rsaStarts.test(compact)) return true;
  return [text, compact].some((written) =>
    (written.match(/[A-Za-z0-9+/]{20,}/g) ?? []).some((run) => startsLikePrivateKey(Buffer.from(run, "base64"))),
  );
}

/** The DER of a private key: a SEQUENCE that begins with version 0 or 1 and goes on with the key or its algorithm. */
function startsLikePrivateKey(der: Buffer): boolean {
  if (der[0] !== 0x30) return false;
  const start = der[1]! < 0x80 ? 2 : 2 + (der[1]! & 0x7f);
  const [integer, length, version, next] = der.subarray(start, start + 4);
  return integer === 0x02 && length === 1 && (version === 0 || version === 1) && [0x02, 0x04, 0x30].includes(next ?? 0);
}

export const privateKeyPublished: KeyFinding = {
  code: "PrivateKeyPublished",
  severity: "critical",
  mistake: "private-key",
  problem: "this is the private half of a key: whoever reads it can sign as the domain",
  remedy:
    "remove it at once, make a new key pair, and publish the public half of that one; the old pair is lost for good",
};
