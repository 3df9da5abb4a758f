import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fsync, writeDurably } from "./durable-file.ts";
import { selfSignedCertificate } from "./self-signed.ts";

/** The certificate of a listener that was given none: made at the first start, kept in `directory`. PEM texts. */
export async function keptCertificate(options: {
  directory: string;
  hostname: string;
  /** Epoch seconds. */
  now: number;
}): Promise<{ cert: string; key: string }> {
  const { directory } = options;
  const [cert, key] = await Promise.all(
    ["relay.crt", "relay.key"].map((name) => readFile(join(directory, name), "utf8").catch(() => undefined)),
  );
  if (cert !== undefined && key !== undefined) return { cert, key };
  const made = selfSignedCertificate(options);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  // The key first: a certificate is only there when its key is, and a half pair is made anew.
  await writeDurably(directory, "relay.key", made.key, { sync: fsync });
  await writeDurably(directory, "relay.crt", made.cert, { sync: fsync });
  return made;
}
