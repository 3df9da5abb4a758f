import { createHash, randomBytes } from "node:crypto";
import { link, open, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { decrypt, encrypt } from "./aes-gcm.ts";

const KEK_OCTETS = 32;
const FILE_OCTETS_MAX = 1024;

/**
 * The key that wraps the keys of the keys. It never leaves its holder: a file here, a Vault or a KMS behind the same two operations
 * elsewhere, which is why they are asynchronous.
 */
export type Kek = {
  /** Names the key without telling it, to say which one a sealed value needs. */
  id: string;
  wrap(dataKey: Uint8Array, aad: Uint8Array): Promise<Uint8Array>;
  /** Undefined when it was wrapped by another KEK, for another AAD, or is damaged. */
  unwrap(wrapped: Uint8Array, aad: Uint8Array): Promise<Uint8Array | undefined>;
};

/** The KEK cannot be used: missing, damaged, open to others, or not the one that sealed this database. */
export class KekUnusable extends Error {
  constructor(detail: string, options: { cause?: unknown } = {}) {
    super(detail, options);
    this.name = "KekUnusable";
  }
}

/**
 * Opens the KEK in `file`: 32 octets in base64 and a line feed, readable by its owner alone. Throws `KekUnusable` when it is missing, unless
 * `whenMissing` says to create it, which is right on the very first start only: to a database with keys a new KEK is worth nothing.
 */
export async function openKekFile(
  file: string,
  whenMissing: "create" | "refuse",
): Promise<{ kek: Kek; created: boolean }> {
  try {
    return { kek: kekOf(await readKek(file)), created: false };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    if (whenMissing === "refuse") throw new KekUnusable(`the KEK file ${file} is missing`, { cause: error });
  }
  const octets = randomBytes(KEK_OCTETS);
  if (!(await createKekFile(file, octets))) return openKekFile(file, "refuse"); // another process was first: its KEK counts
  return { kek: kekOf(octets), created: true };
}

async function readKek(file: string): Promise<Buffer> {
  const source = await open(file, "r");
  try {
    const { mode, size } = await source.stat();
    if ((mode & 0o077) !== 0) {
      const shown = (mode & 0o777).toString(8).padStart(4, "0");
      throw new KekUnusable(`the KEK file ${file} has mode ${shown}: others can read it. Change it to 0600`);
    }
    const text = size > FILE_OCTETS_MAX ? "" : await source.readFile("latin1");
    // Exactly one form: an octet lost in copying must not pass for another key.
    if (!/^[A-Za-z0-9+/]{43}=\n$/.test(text)) {
      throw new KekUnusable(`the KEK file ${file} is not 32 octets in base64 and a line feed`);
    }
    return Buffer.from(text, "base64");
  } finally {
    await source.close();
  }
}

/** False when the file exists. It gets its name only when it is whole on disk, so nobody reads half of it, whatever is killed. */
async function createKekFile(file: string, octets: Buffer): Promise<boolean> {
  const draft = `${file}.${randomBytes(8).toString("hex")}`;
  try {
    const target = await open(draft, "wx", 0o600);
    try {
      await target.writeFile(`${octets.toString("base64")}\n`);
      await target.sync();
    } finally {
      await target.close();
    }
    await link(draft, file); // fails when the name exists, which rename would not
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
  await syncFolder(dirname(file));
  return true;
}

/** The new name is on disk too, before anything is sealed by the key it names. */
async function syncFolder(folder: string): Promise<void> {
  const opened = await open(folder, "r");
  try {
    await opened.sync();
  } finally {
    await opened.close();
  }
}

/** A KEK whose octets this process holds. */
export function kekOf(octets: Buffer): Kek {
  return {
    id: createHash("sha256").update("chancery kek id").update(octets).digest("hex").slice(0, 16),
    wrap: async (dataKey, aad) => encrypt(octets, dataKey, aad),
    unwrap: async (wrapped, aad) => decrypt(octets, wrapped, aad),
  };
}
