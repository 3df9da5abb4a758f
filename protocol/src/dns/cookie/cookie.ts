import { parsed, unparsed, type Parsed } from "../../parsed.ts";
import { sipHash, sipKey, sipKeyOctets, type SipKey } from "./siphash.ts";

/** Octets of the client's part of a COOKIE option (RFC 7873 §4), and of the server's part of ours (RFC 9018 §4). */
export const clientCookieOctets = 8;
export const serverCookieOctets = 16;

/** A cookie is taken for this long after it was made, and made anew when it is older than half of that (RFC 9018 §4.3). */
const validSeconds = 3600;
const renewSeconds = 1800;
/** The clocks of servers that share a secret may differ by so much. */
const futureSeconds = 300;

const version = 1;

/** Secrets of server cookies, shared by all servers of an address: the first makes cookies, all of them are taken (RFC 9018 §5). */
export type CookieSecrets = readonly SipKey[];

/** Whom a query comes from, so far as its cookie says: "valid" is somebody at the address it says it comes from. */
export type CookieState = "none" | "client-only" | "valid" | "bad";

/** Reads a secret as 32 hexadecimal digits, the form in which BIND, Knot and NSD take it. */
export function parseCookieSecret(text: string): Parsed<SipKey> {
  if (!/^[0-9a-f]{32}$/i.test(text)) return unparsed(`a cookie secret is ${2 * sipKeyOctets} hexadecimal digits`, 0);
  return parsed(
    sipKey(Uint8Array.from({ length: sipKeyOctets }, (_, at) => parseInt(text.slice(2 * at, 2 * at + 2), 16))),
  );
}

/** RFC 7873 §5.2.2: a client's part alone, or with a server's part of 8 to 32 octets. */
export const isCookieLength = (octets: number): boolean =>
  octets === clientCookieOctets || (octets >= 16 && octets <= 40);

/** What is hashed: the client's cookie, the head of the server's, the client's address (RFC 9018 §4.4). */
const hashed = new Uint8Array(clientCookieOctets + 8 + 16);
const hash = new Uint8Array(8);

/** The cookies of the queries that come, one at a time. One object serves many queries in turn. */
export class CookieJar {
  state: CookieState = "none";
  /** The whole content of the option that goes back, when the state is not "none". */
  readonly option = new Uint8Array(clientCookieOctets + serverCookieOctets);

  /**
   * Judges the COOKIE option at `at` of `query`, of a sound length, that came from `client` (4 or 16 octets of address) at `now` (epoch
   * seconds), and prepares the one that goes back: the same again if it is valid, young and just as we would make it, else a fresh one.
   */
  open(query: Uint8Array, at: number, octets: number, client: Uint8Array, secrets: CookieSecrets, now: number): void {
    hashed.set(client, clientCookieOctets + 8);
    for (let octet = 0; octet < clientCookieOctets; octet++) hashed[octet] = this.option[octet] = query[at + octet]!;
    const length = clientCookieOctets + 8 + client.length;
    this.state = "client-only";
    if (octets > clientCookieOctets) {
      const age = octets === this.option.length ? ageOf(query, at + clientCookieOctets, now) : Infinity;
      const secret = age <= validSeconds && age >= -futureSeconds ? this.#secretOf(query, at, length, secrets) : -1;
      this.state = secret < 0 ? "bad" : "valid";
      const isOurs = secret === 0 && (hashed[9]! | hashed[10]! | hashed[11]!) === 0; // the reserved octets
      if (isOurs && age <= renewSeconds) {
        for (let octet = clientCookieOctets; octet < octets; octet++) this.option[octet] = query[at + octet]!;
        return;
      }
    }
    this.#bake(length, secrets[0]!, now);
  }

  /** The number of the secret that the server's part was made with, or -1. */
  #secretOf(query: Uint8Array, at: number, length: number, secrets: CookieSecrets): number {
    for (let octet = clientCookieOctets; octet < clientCookieOctets + 8; octet++) hashed[octet] = query[at + octet]!;
    for (let secret = 0; secret < secrets.length; secret++) {
      sipHash(secrets[secret]!, hashed, length, hash, 0);
      let difference = 0; // all octets, so that time does not tell how many are right
      for (let octet = 0; octet < 8; octet++) difference |= hash[octet]! ^ query[at + clientCookieOctets + 8 + octet]!;
      if (difference === 0) return secret;
    }
    return -1;
  }

  #bake(length: number, secret: SipKey, now: number): void {
    const head = clientCookieOctets;
    hashed[head] = version;
    hashed[head + 1] = hashed[head + 2] = hashed[head + 3] = 0;
    for (let octet = 0; octet < 4; octet++) hashed[head + 4 + octet] = now >>> (24 - 8 * octet);
    for (let octet = head; octet < head + 8; octet++) this.option[octet] = hashed[octet]!;
    sipHash(secret, hashed, length, this.option, head + 8);
  }
}

/** Seconds since a server's part was made, in the arithmetic of serial numbers (RFC 9018 §4.3); Infinity for another version. */
function ageOf(query: Uint8Array, at: number, now: number): number {
  if (query[at] !== version) return Infinity;
  const made = (query[at + 4]! << 24) | (query[at + 5]! << 16) | (query[at + 6]! << 8) | query[at + 7]!;
  return (now - made) | 0;
}
