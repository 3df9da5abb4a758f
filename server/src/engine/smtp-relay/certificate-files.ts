import { randomBytes } from "node:crypto";
import { link, mkdir, open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { removeIfThere } from "./durable-file.ts";
import { selfSignedCertificate } from "./self-signed.ts";

const fileName = "relay.pem";
const certificatePattern = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----\n/;

/**
 * The certificate of a listener that was given none: made at the first start, kept in `directory`. PEM texts. Key and
 * certificate are one file, which gets its name when it is whole: of several processes that start at once one makes it, and
 * all of them have the same.
 */
export async function keptCertificate(options: {
  directory: string;
  hostname: string;
  /** Epoch seconds. */
  now: number;
}): Promise<{ cert: string; key: string }> {
  const path = join(options.directory, fileName);
  const kept = await readPair(path);
  if (kept !== undefined) return kept;
  const made = selfSignedCertificate(options);
  await mkdir(options.directory, { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomBytes(8).toString("hex")}`;
  try {
    const file = await open(draft, "wx", 0o600);
    await file.writeFile(made.cert + made.key);
    await file.sync();
    await file.close();
    await link(draft, path); // fails when the name exists, which rename would not
    return made;
  } catch (error) {
    const others = (error as NodeJS.ErrnoException).code === "EEXIST" ? await readPair(path) : undefined;
    if (others === undefined) throw error;
    return others;
  } finally {
    await removeIfThere(draft);
  }
}

async function readPair(path: string): Promise<{ cert: string; key: string } | undefined> {
  const text = await readFile(path, "utf8").catch(() => undefined);
  const cert = text?.match(certificatePattern)?.[0];
  return text === undefined || cert === undefined ? undefined : { cert, key: text.replace(cert, "") };
}
