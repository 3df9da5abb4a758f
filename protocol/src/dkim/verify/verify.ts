import { authorOf } from "../../mail/author.ts";
import { splitHeaderUpToLimit, type HeaderField } from "../../mail/header.ts";
import { feedMessage, type MessageSource } from "../../mail/message.ts";
import { nextTurn } from "../../mail/next-turn.ts";
import { isAscii } from "../../mail/octets.ts";
import { signatureVerifies, usableKey } from "./apply-key.ts";
import { authorDistance } from "./author-distance.ts";
import { BodyHasher, type BodyHash } from "../hash/body-hash.ts";
import { clockNow } from "../platform/clock.ts";
import {
  headerHashInput,
  headerOctetsOf,
  indexFields,
  largeHeaderOctets,
  uncoveredFields,
  type FieldIndex,
} from "../hash/header-hash.ts";
import { lookUpKey, type KeyLookup } from "../key/key-lookup.ts";
import { keyNameOf } from "../signature/key-name.ts";
import { readSignature, type Claims, type Signature } from "../signature/signature.ts";
import { signatureStarts } from "./signature-start.ts";
import { oversignedFields } from "../hash/signed-fields.ts";
import { resultOf, type Failure } from "../signature/verdict.ts";
import { checkOptions, type Remark, type Verification, type VerifyOptions } from "./verification.ts";

/**
 * Verifies every DKIM-Signature field of a message (RFC 6376 §6). Resolves to one verification per field, in order from the
 * top; an empty array means that the message is not signed. Line ends are CRLF; other CR and LF are content.
 *
 * Whatever the message and the DNS say becomes a result: this rejects when an async iterable given as message does, and with
 * TypeError for what is no message or no options.
 */
export async function verify(message: MessageSource, options: VerifyOptions): Promise<Verification[]> {
  let verifier: Verifier | undefined;
  await feedMessage(message, {
    header: (block) => (verifier = startVerification(block, options)),
    body: (chunk) => verifier?.update(chunk),
  });
  return verifier === undefined ? [] : verifier.finish();
}

/** A verification under way: the header is known, the body comes. `update` is called for each chunk, then `finish` once. */
export type Verifier = { update(chunk: Uint8Array): void; finish(): Promise<Verification[]> };

/**
 * As `verify`, for a caller that gets the header first and the body in chunks (a milter). Keys are asked for at once, while the
 * body is still on its way.
 * @param header the header block, everything before the empty line, or its fields
 */
export function startVerification(header: Uint8Array | readonly HeaderField[], options: VerifyOptions): Verifier {
  checkOptions(options);
  const { fields, tooLarge } =
    header instanceof Uint8Array ? splitHeaderUpToLimit(header) : { fields: header, tooLarge: false };
  return new MessageVerifier(fields, tooLarge, options);
}

/** How many octets of DKIM-Signature fields are read, from the top: thousands of signatures, and no long stop for others. */
const signaturesOctetsMax = 512 * 1024;

/** What a short field counts for: no signature is shorter, and reading one costs more than its octets. */
const signatureOctetsMin = 256;

/** After so many results others have their turn: some milliseconds. */
const turnCandidates = 1000;

/** One DKIM-Signature field on its way to a result. */
type Candidate = { field: HeaderField; claims: Claims; signatureStart: string } & (
  | { state: "decided"; failure: Failure }
  | { state: "open"; signature: Signature; key: Promise<KeyLookup>; bodyHash: () => BodyHash }
);

class MessageVerifier implements Verifier {
  readonly #options: VerifyOptions;
  readonly #now: number;
  readonly #fields: readonly HeaderField[];
  readonly #index: FieldIndex;
  readonly #bodyHasher = new BodyHasher();
  readonly #candidates: readonly Candidate[];
  #signaturesOctets = 0;
  #asciiMessage: boolean | undefined;

  constructor(fields: readonly HeaderField[], tooLarge: boolean, options: VerifyOptions) {
    this.#options = options;
    this.#now = options.now ?? clockNow();
    this.#fields = fields;
    this.#index = indexFields(fields);
    const readings = (this.#index.get("dkim-signature") ?? []).map((field) => this.#read(field, tooLarge));
    this.#candidates = this.#open(readings);
  }

  update(chunk: Uint8Array): void {
    this.#bodyHasher.update(chunk);
  }

  async finish(): Promise<Verification[]> {
    this.#bodyHasher.finish();
    const verifications: Verification[] = [];
    const isLarge = headerOctetsOf(this.#fields) > largeHeaderOctets;
    for (const [at, candidate] of this.#candidates.entries()) {
      if ((isLarge && candidate.state === "open") || at % turnCandidates === turnCandidates - 1) await nextTurn();
      verifications.push(
        candidate.state === "decided"
          ? this.#verification(candidate, candidate.failure, undefined, 0)
          : this.#conclude(candidate, await candidate.key),
      );
    }
    return verifications;
  }

  /** Everything that can be said without the key: RFC 6376 §6.1.1, and what this verifier's own rules refuse. */
  #read(field: HeaderField, tooLarge: boolean): Reading {
    this.#signaturesOctets += Math.max(field.raw.length, signatureOctetsMin);
    const isRead = this.#signaturesOctets <= signaturesOctetsMax;
    const reading = readSignature(isRead ? field.raw : "");
    const { claims, base64 } = reading;
    const decided = (failure: Failure): Reading => ({ field, claims, base64, failure });
    if (tooLarge)
      return decided({ reason: "header-too-large", detail: "the header is larger than what is read of it" });
    if (!isRead) return decided({ reason: "not-evaluated", detail: "past the size of signatures that is read" });
    if (!reading.ok) return decided(reading.failure);
    const { signature } = reading;
    if (signature.algorithm === "rsa-sha1") return decided({ reason: "sha1", detail: "SHA-1 is not accepted" });
    if (signature.expiration !== undefined && this.#now > signature.expiration + this.#skewSeconds()) {
      return decided({ reason: "expired", detail: "x= has passed" });
    }
    if (this.#options.isRegistrySuffix?.(signature.signingDomain) === true) {
      return decided({ reason: "registry-suffix", detail: "names are registered below d=" });
    }
    return { field, claims, base64, signature };
  }

  /** Starts the key look-ups and body hashes of the signatures that are evaluated; one look-up for each key name. */
  #open(readings: readonly Reading[]): Candidate[] {
    const evaluated = this.#chooseEvaluated(readings);
    const lookups = new Map<string, Promise<KeyLookup>>();
    const starts = signatureStarts(readings.map(({ base64 }) => base64));
    return readings.map((reading, at) => {
      const { field, claims, signature } = reading;
      const signatureStart = starts[at]!;
      if (signature === undefined) return { field, claims, signatureStart, state: "decided", failure: reading.failure };
      if (!evaluated.has(reading)) {
        const failure: Failure = {
          reason: "not-evaluated",
          detail: "past the number of signatures that are evaluated",
        };
        return { field, claims, signatureStart, state: "decided", failure };
      }
      const keyName = keyNameOf(signature);
      let key = lookups.get(keyName);
      if (key === undefined) {
        key = lookUpKey(keyName, this.#options.resolveTxt);
        lookups.set(keyName, key);
      }
      const bodyHash = this.#bodyHasher.add({
        canonicalization: signature.bodyCanonicalization,
        octetsMax: signature.bodyLength,
      });
      return { field, claims, signatureStart, state: "open", signature, key, bodyHash };
    });
  }

  /** The first signatures, those aligned with the author domain before the others (RFC 6376 §6.1). */
  #chooseEvaluated(readings: readonly Reading[]): Set<Reading> {
    const max = this.#options.signaturesMax ?? 10;
    const open = readings.filter((reading) => reading.signature !== undefined);
    if (open.length <= max) return new Set(open);
    const distanceOf = authorDistance(authorOf(this.#fields).addresses.map((address) => address.domain));
    const distances = new Map(open.map((reading) => [reading, distanceOf(reading.signature.signingDomain)]));
    return new Set(open.sort((one, other) => distances.get(one)! - distances.get(other)!).slice(0, max));
  }

  #conclude(candidate: Candidate & { state: "open" }, key: KeyLookup): Verification {
    const { canonicalOctets } = candidate.bodyHash();
    const uncoveredOctets = Math.max(0, canonicalOctets - (candidate.signature.bodyLength ?? canonicalOctets));
    return key.ok
      ? this.#verification(candidate, this.#judge(candidate, key), key, uncoveredOctets)
      : this.#verification(candidate, key.failure, undefined, uncoveredOctets);
  }

  /** RFC 6376 §6.1.2 from step 5, then §6.1.3. Undefined when the signature verifies. */
  #judge(candidate: Candidate & { state: "open" }, { record }: KeyLookup & { ok: true }): Failure | undefined {
    const { signature, field } = candidate;
    const usable = usableKey(record, signature);
    if (!usable.ok) return usable.failure;
    const body = candidate.bodyHash();
    if (signature.bodyLength !== undefined && signature.bodyLength > body.canonicalOctets) {
      return { reason: "body-too-short", detail: "l= is larger than the body" };
    }
    if (body.digest !== signature.bodyHash.toString("base64"))
      return { reason: "body-hash-mismatch", detail: "the body was changed" };
    const { signedFields, headerCanonicalization, unsigned } = signature;
    const input = headerHashInput(this.#index, signedFields, headerCanonicalization, field, unsigned);
    if (!signatureVerifies(usable.key, input, signature.signature)) {
      return { reason: "signature-mismatch", detail: "the signed header was changed, or another key signed" };
    }
    const { uncoveredBody = "pass" } = this.#options;
    if (uncoveredBody === "pass" || body.canonicalOctets <= (signature.bodyLength ?? Infinity)) return undefined;
    const reason = uncoveredBody === "policy" ? "uncovered-body" : "body-too-long";
    return { reason, detail: "l= leaves a part of the body uncovered" };
  }

  #verification(
    { field, claims, signatureStart }: Candidate,
    failure: Failure | undefined,
    key: (KeyLookup & { ok: true }) | undefined,
    uncoveredOctets: number,
  ): Verification {
    const record = key?.record;
    return {
      result: failure === undefined ? "pass" : resultOf[failure.reason],
      reason: failure?.reason,
      detail: failure?.detail,
      ...claims,
      keyBits: record?.key.state === "usable" ? record.key.publicKey.bits : undefined,
      testing: record?.flags.includes("y") ?? false,
      uncoveredOctets,
      uncoveredFields: uncoveredFields(this.#index, claims.signedFields, oversignedFields),
      signatureStart,
      remarks: this.#remarks(field, claims.timestamp),
    };
  }

  #remarks(field: HeaderField, timestamp: number | undefined): Remark[] {
    const remarks: Remark[] = [];
    if (timestamp !== undefined && timestamp > this.#now + this.#skewSeconds()) remarks.push("future-timestamp");
    if (!isAscii(field.raw) && this.#isAsciiMessage()) remarks.push("utf8-in-ascii-message");
    return remarks;
  }

  /** Whether every field is ASCII, the signatures left aside. Found once: there may be thousands of both. */
  #isAsciiMessage(): boolean {
    this.#asciiMessage ??= this.#fields.every((field) => field.lowerName === "dkim-signature" || isAscii(field.raw));
    return this.#asciiMessage;
  }

  #skewSeconds(): number {
    return this.#options.skewSeconds ?? 300;
  }
}

/** A field after RFC 6376 §6.1.1: refused, or a signature that wants its key. */
type Reading = { field: HeaderField; claims: Claims; base64: string } & (
  | { signature: Signature }
  | { signature?: undefined; failure: Failure }
);
