import { createHash } from "node:crypto";
import { open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/** A key that signs, as it is sealed in the database. */
export type StoredZoneKey = {
  keyId: string;
  version: number;
  algorithm: 13 | 15;
  /** DNSKEY RDATA, base64. */
  dnskey: string;
  /** The private half, sealed under the zone KEK: JSON. */
  sealed: string;
  signs: "keys" | "zone";
};

/** What a zone is signed with. */
export type StoredSigning = { zoneId: string; origin: string; keys: StoredZoneKey[] };

/** First line of the file: form, and SHA-256 of all behind it. Files of another form are not read. */
const magic = "chancery zone keys 1";

/**
 * Keeps what zones are signed with, so that a name server signs after a restart without a database (D3). Whole or not at all: the file is on disk
 * before it gets its name. Private halves are in it as they are in the database: sealed.
 */
export async function saveZoneKeys(path: string, signings: readonly StoredSigning[]): Promise<void> {
  const body = JSON.stringify(signings);
  const temporary = `${path}.new`;
  try {
    const file = await open(temporary, "w", 0o600);
    try {
      await file.writeFile(`${magic} ${digestOf(body)}\n${body}`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  const directory = await open(dirname(path), "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** What was kept. `problem` says for a person why it cannot be used; neither: there never was a file. */
export async function loadZoneKeys(path: string): Promise<{ signings?: StoredSigning[]; problem?: string }> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
    return isMissing ? {} : { problem: `${path}: ${error instanceof Error ? error.message : "unreadable"}` };
  }
  const lineEnd = text.indexOf("\n");
  const body = text.slice(lineEnd + 1);
  if (!text.startsWith(`${magic} `)) return { problem: `${path}: not a file of this version` };
  if (text.slice(magic.length + 1, lineEnd) !== digestOf(body)) return { problem: `${path}: checksum does not match` };
  return { signings: JSON.parse(body) as StoredSigning[] };
}

const digestOf = (text: string): string => createHash("sha256").update(text).digest("hex");
