import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

const NONCE_OCTETS = 12;
const TAG_OCTETS = 16;

/** AES-256-GCM (NIST SP 800-38D) under a fresh random nonce: nonce, ciphertext and tag in one piece. */
export function encrypt(key: Uint8Array, plaintext: Uint8Array, aad: Uint8Array): Buffer {
  const nonce = randomBytes(NONCE_OCTETS);
  const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_OCTETS }).setAAD(aad);
  return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/** What `encrypt` was given; undefined when key, AAD or any octet of `sealed` is another. */
export function decrypt(key: Uint8Array, sealed: Uint8Array, aad: Uint8Array): Buffer | undefined {
  if (sealed.length < NONCE_OCTETS + TAG_OCTETS) return undefined;
  const nonce = sealed.subarray(0, NONCE_OCTETS);
  const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_OCTETS }).setAAD(aad);
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_OCTETS));
  const plaintext = decipher.update(sealed.subarray(NONCE_OCTETS, sealed.length - TAG_OCTETS));
  try {
    decipher.final();
    return plaintext;
  } catch {
    plaintext.fill(0); // unauthenticated: not even a copy stays behind
    return undefined;
  }
}
