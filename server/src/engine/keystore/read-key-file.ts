import { createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from "node:crypto";
import { lintKeyRecord, looksLikeKeyRecord } from "chancery/dkim";
import type { Secret } from "./secret.ts";

/** What a file of a DKIM tool holds. `problem` never quotes the file. */
export type KeyFile =
  | { holds: "private"; privateKey: KeyObject }
  | { holds: "public"; publicKey: KeyObject }
  | { holds: "nothing"; problem: string };

export const keyFileOctetsMax = 64 * 1024;

/**
 * Reads a key as DKIM tools write it: PEM or DER in PKCS #1, PKCS #8 (also encrypted) or SubjectPublicKeyInfo; their base64 without
 * armour; a key record, also as a line of a zone file; an Ed25519 seed in base64, alone (dkimpy, rspamd) or with its public half
 * behind it (rspamd).
 * @param wanted decides what 32 octets are: a seed, or the public half of an Ed25519 key
 */
export function readKeyFile(octets: Uint8Array, wanted: "private" | "public", passphrase?: Secret<string>): KeyFile {
  if (octets.length > keyFileOctetsMax) return nothing(`it is over ${keyFileOctetsMax} octets long; no key is`);
  const text = Buffer.from(octets).toString("latin1");
  if (text.includes("-----BEGIN ")) return fromPem(text, passphrase);
  if (octets[0] === 0x30 && octets.length > 40 && !/^[\x20-\x7e\s]*$/.test(text))
    return fromDer(Buffer.from(octets), passphrase);
  const compact = text.replace(/\s+/g, "");
  if (/^[A-Za-z0-9+/]+={0,2}$/.test(compact)) return fromBase64(Buffer.from(compact, "base64"), wanted, passphrase);
  if (looksLikeKeyRecord(text)) return fromRecord(text);
  return nothing("it holds no key in a form that is known here; PEM is what most tools write");
}

const nothing = (problem: string): KeyFile => ({ holds: "nothing", problem });

/** Labels of PEM that are no key for DKIM, and what to do with them. */
const otherLabels: Record<string, string> = {
  CERTIFICATE: "it holds a certificate; what signs is the private key that belongs to it",
  "CERTIFICATE REQUEST": "it holds a certificate request; what signs is the private key that belongs to it",
  "OPENSSH PRIVATE KEY": "it holds a key of OpenSSH; make a key for DKIM alone, with chancery key generate",
  "PGP PRIVATE KEY BLOCK": "it holds an OpenPGP key, which signs no mail of DKIM's",
};

function fromPem(text: string, passphrase: Secret<string> | undefined): KeyFile {
  const labels = [...text.matchAll(/-----BEGIN ([A-Z0-9 ]{1,40})-----/g)].map(([, label = ""]) => label);
  const [label = "", another] = labels;
  if (another !== undefined) return nothing(`it holds ${labels.length} keys or certificates; give a file with one key`);
  const other = otherLabels[label];
  if (other !== undefined) return nothing(other);
  const from = text.slice(text.indexOf("-----BEGIN "));
  if (label.endsWith("PUBLIC KEY")) return opened(() => createPublicKey(from), "public");
  const encrypted = label.startsWith("ENCRYPTED") || /^Proc-Type: *4, *ENCRYPTED/m.test(from);
  if (encrypted && passphrase === undefined) return nothing(needsPassphrase);
  const key = { key: from, format: "pem", ...withPassphrase(encrypted ? passphrase : undefined) } as const;
  return opened(() => createPrivateKey(key), "private", encrypted);
}

const needsPassphrase = "it is encrypted; give its passphrase with --passphrase-file";
const withPassphrase = (passphrase: Secret<string> | undefined): { passphrase?: string } =>
  passphrase === undefined ? {} : { passphrase: passphrase.open() };

/** OpenSSL's own words are of no use to a customer, and may quote the file. */
function opened(read: () => KeyObject, kind: "private" | "public", encrypted = false): KeyFile {
  try {
    const key = read();
    return kind === "private" ? { holds: "private", privateKey: key } : { holds: "public", publicKey: key };
  } catch {
    return nothing(
      encrypted ? "its passphrase does not open it" : "it is damaged or cut short: no key can be read from it",
    );
  }
}

function fromDer(der: Buffer, passphrase: Secret<string> | undefined): KeyFile {
  const ways: (() => KeyFile)[] = [
    ...(["pkcs8", "pkcs1"] as const).map(
      (type) => () => opened(() => createPrivateKey({ key: der, format: "der", type }), "private"),
    ),
    ...(["spki", "pkcs1"] as const).map(
      (type) => () => opened(() => createPublicKey({ key: der, format: "der", type }), "public"),
    ),
  ];
  for (const way of ways) {
    const file = way();
    if (file.holds !== "nothing") return file;
  }
  if (isCertificate(der)) return nothing(otherLabels["CERTIFICATE"]!);
  if (!der.includes(pbes)) return nothing("it is damaged or cut short: no key can be read from it");
  if (passphrase === undefined) return nothing(needsPassphrase);
  const key = { key: der, format: "der", type: "pkcs8", passphrase: passphrase.open() } as const;
  return opened(() => createPrivateKey(key), "private", true);
}

/** Encrypted PKCS #8 names PBES1 or PBES2, both under pkcs-5: 1.2.840.113549.1.5 (RFC 8018 appendix A). */
const pbes = Buffer.from("2a864886f70d0105", "hex");

function isCertificate(der: Buffer): boolean {
  try {
    return new X509Certificate(der).subject !== "";
  } catch {
    return false;
  }
}

const seedOctets = 32;
/** What stands before the 32 octets of an Ed25519 key (RFC 8410 §7, §4). */
const pkcs8Start = Buffer.from("302e020100300506032b657004220420", "hex");
const spkiStart = Buffer.from("302a300506032b6570032100", "hex");

function fromBase64(octets: Buffer, wanted: "private" | "public", passphrase: Secret<string> | undefined): KeyFile {
  if (octets.length === seedOctets && wanted === "public") {
    const key = { key: Buffer.concat([spkiStart, octets]), format: "der", type: "spki" } as const;
    return opened(() => createPublicKey(key), "public");
  }
  if (octets.length !== seedOctets && octets.length !== 2 * seedOctets) return fromDer(octets, passphrase);
  const key = {
    key: Buffer.concat([pkcs8Start, octets.subarray(0, seedOctets)]),
    format: "der",
    type: "pkcs8",
  } as const;
  const file = opened(() => createPrivateKey(key), "private");
  if (file.holds !== "private" || octets.length === seedOctets) return file;
  const half = createPublicKey(file.privateKey).export({ format: "der", type: "spki" }).subarray(-seedOctets);
  return half.equals(octets.subarray(seedOctets))
    ? file
    : nothing("its private and its public half do not belong together");
}

/** A record as it is pasted or kept in a zone file; what is wrong with it is what a verifier would stumble over. */
function fromRecord(text: string): KeyFile {
  const lint = lintKeyRecord(text);
  const read = lint.read ?? (lint.meant === undefined ? undefined : lintKeyRecord(lint.meant).read);
  if (read !== undefined) return { holds: "public", publicKey: read.publicKey.object };
  const [finding] = lint.findings;
  return nothing(
    finding === undefined ? "its key record cannot be read" : `its key record cannot be read: ${finding.problem}`,
  );
}
