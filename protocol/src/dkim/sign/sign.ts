import { isAtOrBelow, parseDomain } from "../../mail/domain.ts";
import { splitHeader, type HeaderField } from "../../mail/header.ts";
import { feedMessage, feedMessageHere, type MessageSource } from "../../mail/message.ts";
import { nextTurn } from "../../mail/next-turn.ts";
import { asciiLowerCase, octetsOf } from "../../mail/octets.ts";
import { BodyHasher, type BodyHash } from "../hash/body-hash.ts";
import { CannotSign } from "./cannot-sign.ts";
import type { CanonicalizationName } from "../hash/canonicalize-header.ts";
import { clockNow } from "../platform/clock.ts";
import { formatSigned, formatUnsigned } from "./format-signature.ts";
import {
  canonicalizeSigned,
  headerOctetsOf,
  indexFields,
  largeHeaderOctets,
  withItself,
  type FieldIndex,
} from "../hash/header-hash.ts";
import { LineCheck } from "./line-check.ts";
import type { Canonicalization } from "../signature/signature.ts";
import { defaultSignedFields } from "../hash/signed-fields.ts";
import { readyKey, signHere, signWith, type ReadyKey, type SigningKey } from "./signing-key.ts";

export type SignOptions = {
  /** One signature is made for each, in one pass over the message. */
  keys: readonly SigningKey[];
  /**
   * `h=`, name by name in this order; a name that stands more often than the message has such fields keeps others from being
   * added. Absent: the default fields, each once per instance, those that mislead when added once more.
   */
  headers?: readonly string[] | undefined;
  /** `c=`, header then body. Absent: relaxed/relaxed. */
  canonicalization?: Canonicalization | undefined;
  /** `i=`: `@domain` or `local@domain`, at or below every key's signing domain. Absent: no `i=`. */
  identity?: string | undefined;
  /** `t=`, epoch seconds. Absent: the clock; null: no `t=`. */
  now?: number | null | undefined;
  /** `x=` is `t=` and this many seconds. Absent: no `x=`. */
  lifetimeSeconds?: number | undefined;
};

/**
 * Signs a message (RFC 6376 §5). Resolves to the DKIM-Signature fields, one per key in the order of the keys, to be put on top
 * of the message exactly as they are. The message is signed as it stands: CRLF, not dot-stuffed, ready for transfer.
 * @throws CannotSign when the message or the options do not allow it
 */
export async function sign(message: MessageSource, options: SignOptions): Promise<Uint8Array> {
  let signer: Signer | undefined;
  await feedMessage(message, {
    header: (block) => (signer = startSigning(block, options)),
    body: (chunk) => signer?.update(chunk),
  });
  return (signer ?? startSigning(new Uint8Array(0), options)).finish();
}

/** As `sign`, on this thread from beginning to end. For threads that have nothing else to do. */
export function signMessageHere(message: Uint8Array, options: SignOptions): Uint8Array {
  let signer: MessageSigner | undefined;
  feedMessageHere(message, {
    header: (block) => (signer = new MessageSigner(fieldsOf(block), options)),
    body: (chunk) => signer?.update(chunk),
  });
  return (signer ?? new MessageSigner([], options)).finishHere();
}

/** A signature under way: `update` is called for each chunk of the body, then `finish` once. Both throw CannotSign. */
export type Signer = { update(chunk: Uint8Array): void; finish(): Promise<Uint8Array> };

/**
 * As `sign`, for a caller that has the header first and the body in chunks (a milter). Everything but the body is checked here.
 * @param header the header block, everything before the empty line, or its fields, as the next hop will see them
 * @throws CannotSign
 */
export function startSigning(header: Uint8Array | readonly HeaderField[], options: SignOptions): Signer {
  return new MessageSigner(fieldsOf(header), options);
}

/** A DKIM-Signature field without its signature, and what is signed for it. */
type Draft = { key: ReadyKey; unsigned: string; input: string };

class MessageSigner implements Signer {
  readonly #keys: readonly ReadyKey[];
  readonly #index: FieldIndex;
  readonly #canonicalization: Canonicalization;
  readonly #signedFields: readonly string[];
  readonly #identity: string | undefined;
  readonly #timestamp: number | undefined;
  readonly #expiration: number | undefined;
  readonly #bodyHasher = new BodyHasher();
  readonly #bodyHash: () => BodyHash;
  readonly #lines = new LineCheck();
  readonly #isLarge: boolean;

  constructor(fields: readonly HeaderField[], options: SignOptions) {
    if (!Array.isArray(options.keys)) throw new TypeError("keys is no list of signing keys");
    if (options.keys.length === 0) throw new CannotSign("no-key", "there is no key to sign with");
    this.#keys = options.keys.map(readyKey);
    this.#index = indexFields(fields);
    this.#isLarge = headerOctetsOf(fields) > largeHeaderOctets;
    checkOnlyOnce(this.#index);
    this.#canonicalization = checkCanonicalization(options.canonicalization ?? "relaxed/relaxed");
    this.#signedFields = options.headers === undefined ? defaultSignedFields(this.#index) : checkNames(options.headers);
    if (this.#keys.length > 1) checkNotEachOther(this.#index, this.#signedFields);
    this.#identity = options.identity === undefined ? undefined : formatIdentity(options.identity, this.#keys);
    const now = options.now === undefined ? clockNow() : (options.now ?? undefined);
    this.#timestamp = now;
    this.#expiration = expirationOf(now, options.lifetimeSeconds);
    this.#bodyHash = this.#bodyHasher.add({ canonicalization: this.#parts()[1], octetsMax: undefined });
  }

  update(chunk: Uint8Array): void {
    this.#lines.update(chunk);
    this.#bodyHasher.update(chunk);
  }

  async finish(): Promise<Uint8Array> {
    if (this.#isLarge) await nextTurn();
    const signed = this.#drafts().map(async ({ key, unsigned, input }) =>
      formatSigned(unsigned, await signWith(key, input)),
    );
    return octetsOf((await Promise.all(signed)).join(""));
  }

  finishHere(): Uint8Array {
    const signed = this.#drafts().map(({ key, unsigned, input }) => formatSigned(unsigned, signHere(key, input)));
    return octetsOf(signed.join(""));
  }

  #drafts(): Draft[] {
    this.#lines.finish();
    this.#bodyHasher.finish();
    const { digest } = this.#bodyHash();
    // The same for every key: h= and c= are the message's, not the key's.
    const names = this.#signedFields.map(asciiLowerCase);
    const signed = canonicalizeSigned(this.#index, names, this.#parts()[0], undefined);
    return this.#keys.map((key) => this.#draft(key, digest, signed));
  }

  #draft(key: ReadyKey, bodyHash: string, signed: string): Draft {
    const unsigned = formatUnsigned({
      key,
      canonicalization: this.#canonicalization,
      identity: this.#identity,
      timestamp: this.#timestamp,
      expiration: this.#expiration,
      signedFields: this.#signedFields,
      bodyHash,
    });
    return { key, unsigned, input: withItself(signed, this.#parts()[0], unsigned) };
  }

  #parts(): [CanonicalizationName, CanonicalizationName] {
    return this.#canonicalization.split("/") as [CanonicalizationName, CanonicalizationName];
  }
}

/** The fields of a header that can be signed: each line a field, no octet that transfer changes (DKIM-S-19). */
function fieldsOf(header: Uint8Array | readonly HeaderField[]): readonly HeaderField[] {
  let fields: readonly HeaderField[];
  if (header instanceof Uint8Array) {
    const split = splitHeader(header);
    if (!split.ok) throw new CannotSign("header-too-large", split.problem);
    fields = split.value;
  } else {
    fields = header;
    // A line end that is no fold begins another field: whoever reads the message sees one that was never looked at here.
    if (fields.some(({ raw }) => /\r\n(?![ \t]|$)/.test(raw)))
      throw new CannotSign("header-malformed", "a header field holds a line end that is no fold");
  }
  const lines = new LineCheck();
  lines.update(header instanceof Uint8Array ? header : octetsOf(fields.map((field) => field.raw).join("")));
  lines.finish();
  for (const field of fields) {
    if (!/^[!-9;-~]+$/.test(field.name) || !field.raw.startsWith(field.name))
      throw new CannotSign("header-malformed", "a line in the header is no header field");
  }
  return fields;
}

/** DKIM-S-26. */
function checkOnlyOnce(index: FieldIndex): void {
  if (!index.has("from")) throw new CannotSign("no-from", "the message has no From field");
  for (const name of ["from", "subject", "to", "date"]) {
    if ((index.get(name)?.length ?? 0) > 1)
      throw new CannotSign("several-fields", `the message has several ${name} fields`);
  }
}

function checkCanonicalization(name: string): Canonicalization {
  if (/^(simple|relaxed)\/(simple|relaxed)$/.test(name)) return name as Canonicalization;
  throw new CannotSign(
    "canonicalization",
    "the canonicalization is simple or relaxed for the header, / and for the body",
  );
}

/** A longer name or identity would need a line over 998 octets, for no fold may stand inside it (RFC 5322 §2.1.1). */
const wordOctetsMax = 990;

function checkNames(names: readonly string[]): readonly string[] {
  if (!Array.isArray(names) || !names.every((name) => /^[!-9<-~]+$/.test(name) && name.length <= wordOctetsMax))
    throw new CannotSign("headers", "not a field name in the list");
  if (!names.some((name) => asciiLowerCase(name) === "from"))
    throw new CannotSign("headers", "From is not in the list");
  return names;
}

/** One signature of several would cover another that was not there when it was made, and never verify (RFC 6376 §5.4.2). */
function checkNotEachOther(index: FieldIndex, names: readonly string[]): void {
  const named = names.filter((name) => asciiLowerCase(name) === "dkim-signature").length;
  if (named > (index.get("dkim-signature")?.length ?? 0))
    throw new CannotSign("headers", "with several keys DKIM-Signature can be named once per signature already there");
}

/** `i=` with its domain in A-labels and its local part in dkim-quoted-printable (RFC 6376 §2.11). */
function formatIdentity(identity: string, keys: readonly ReadyKey[]): string {
  const at = identity.lastIndexOf("@");
  const domain = parseDomain(identity.slice(at + 1));
  if (at < 0 || !domain.ok) throw new CannotSign("identity", "the identity has no domain name after @");
  if (!keys.every((key) => isAtOrBelow(domain.value, key.signingDomain))) {
    throw new CannotSign("identity", "the identity is not at or below the signing domain");
  }
  const octets = Buffer.from(identity.slice(0, at), "utf8").toString("latin1");
  const localPart = octets.replace(
    /[^!-:<>-~]/g,
    (octet) => `=${octet.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
  const formatted = `${localPart}@${domain.value}`;
  if (formatted.length > wordOctetsMax) throw new CannotSign("identity", "the identity is too long for a line");
  return formatted;
}

/** The largest that `t=` and `x=` can say (RFC 6376 §3.5). */
const timeMax = 999_999_999_999;

function expirationOf(now: number | undefined, lifetimeSeconds: number | undefined): number | undefined {
  if (now !== undefined && !(Number.isSafeInteger(now) && now >= 0 && now <= timeMax))
    throw new CannotSign("lifetime", "now is no time");
  if (lifetimeSeconds === undefined) return undefined;
  if (now === undefined) throw new CannotSign("lifetime", "x= needs t=");
  if (!Number.isSafeInteger(lifetimeSeconds) || lifetimeSeconds <= 0)
    throw new CannotSign("lifetime", "the lifetime is no whole number of seconds above 0");
  if (now + lifetimeSeconds > timeMax) throw new CannotSign("lifetime", "x= would have more than 12 digits");
  return now + lifetimeSeconds;
}
