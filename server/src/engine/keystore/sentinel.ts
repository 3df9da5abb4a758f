import { randomBytes } from "node:crypto";
import { type Kek, KekUnusable } from "./kek.ts";

const AAD = Buffer.from("chancery sentinel v1");

/** A value to store beside the sealed keys at the first start. It opens with this KEK alone, and tells at every later start whether it is still the one. */
export async function sealSentinel(kek: Kek): Promise<string> {
  const wrapped = await kek.wrap(randomBytes(32), AAD);
  return JSON.stringify({ kek: kek.id, sealed: Buffer.from(wrapped).toString("base64") });
}

/** Throws `KekUnusable`, naming both KEKs, when `sentinel` was not sealed by this one. */
export async function checkSentinel(kek: Kek, sentinel: string): Promise<void> {
  const { kek: sealedBy, sealed } = JSON.parse(sentinel) as { kek: string; sealed: string };
  if (sealedBy !== kek.id) {
    throw new KekUnusable(`the keys in this database were sealed by KEK ${sealedBy}, and this is KEK ${kek.id}`);
  }
  if ((await kek.unwrap(Buffer.from(sealed, "base64"), AAD)) === undefined) {
    throw new KekUnusable(`the sentinel of KEK ${kek.id} does not open: the database is damaged`);
  }
}
