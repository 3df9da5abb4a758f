import { argon2, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

/** Argon2id with the parameters of the OWASP cheat sheet: 19 MiB, two passes; about 50 ms on one core. */
const cost = { parallelism: 1, memory: 19_456, passes: 2, tagLength: 32 } as const;
const derive = promisify(argon2);

/** A password as it is stored: `argon2id$<salt>$<tag>`, both base64url. */
export async function hashPassword(password: string): Promise<string> {
  const nonce = randomBytes(16);
  const tag = await derive("argon2id", { ...cost, message: password, nonce });
  return `argon2id$${nonce.toString("base64url")}$${tag.toString("base64url")}`;
}

/** Whether a password is the one that was stored. */
export async function passwordMatches(password: string, stored: string): Promise<boolean> {
  const [scheme, nonce, expected] = stored.split("$");
  if (scheme !== "argon2id" || nonce === undefined || expected === undefined) return false;
  const tag = await derive("argon2id", { ...cost, message: password, nonce: Buffer.from(nonce, "base64url") });
  const wanted = Buffer.from(expected, "base64url");
  return wanted.length === tag.length && timingSafeEqual(tag, wanted);
}

const rememberedMax = 10_000;

/**
 * Remembers passwords that matched, under a key of this process alone, so that a sender with a thousand connections does
 * not pay for Argon2 a thousand times. What is remembered is bound to the stored hash: a changed password is asked for anew.
 */
export class PasswordMemory {
  readonly #key = randomBytes(32);
  readonly #known = new Set<string>();

  async matches(password: string, stored: string): Promise<boolean> {
    const mark = createHmac("sha256", this.#key).update(`${stored}\n${password}`).digest("base64url");
    if (this.#known.has(mark)) return true;
    const matched = await passwordMatches(password, stored);
    if (matched) {
      if (this.#known.size >= rememberedMax) this.#known.clear();
      this.#known.add(mark);
    }
    return matched;
  }
}
