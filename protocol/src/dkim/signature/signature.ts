import { isAtOrBelow, parseDomain } from "../../mail/domain.ts";
import { decodeUtf8 } from "../../mail/octets.ts";
import { decodeBase64, dropFws } from "./base64.ts";
import type { CanonicalizationName } from "../hash/canonicalize-header.ts";
import { keyNameOctetsMax, keyNameOf } from "./key-name.ts";
import { colonList, parseTagList, type Tag, type TagList } from "./tag-list.ts";
import type { Failure, Reason } from "./verdict.ts";

export type Algorithm = "rsa-sha256" | "ed25519-sha256" | "rsa-sha1";
export type Canonicalization = `${CanonicalizationName}/${CanonicalizationName}`;

/** What a DKIM-Signature field says of itself. Each value is there when its tag could be read, also in a broken field. */
export type Claims = {
  /** `d=` and `s=` in A-labels and lower case, as they are looked up. */
  signingDomain: string | undefined;
  selector: string | undefined;
  /** `i=` as written, folds dropped; `@` and `d=` when the tag is absent. */
  identity: string | undefined;
  /** `a=` as written, when it looks like an algorithm's name. */
  algorithm: string | undefined;
  canonicalization: Canonicalization | undefined;
  /** `h=` in lower case. */
  signedFields: string[];
  /** `t=` and `x=`, epoch seconds. Numbers of more than 12 digits count as the largest of 12. */
  timestamp: number | undefined;
  expiration: number | undefined;
  /** `l=`, octets. */
  bodyLength: number | undefined;
};

/** A field that says all that a verifier needs. */
export type Signature = {
  algorithm: Algorithm;
  signingDomain: string;
  selector: string;
  identityDomain: string;
  headerCanonicalization: CanonicalizationName;
  bodyCanonicalization: CanonicalizationName;
  signedFields: string[];
  bodyLength: number | undefined;
  timestamp: number | undefined;
  expiration: number | undefined;
  bodyHash: Buffer;
  signature: Buffer;
  /** The field's octet text with the value of `b=` and the white space around it taken out (RFC 6376 §3.7). */
  unsigned: string;
};

/** `base64` is what `b=` holds, folds dropped; empty when there is none. */
export type SignatureReading = { claims: Claims; base64: string } & (
  | { ok: true; signature: Signature }
  | { ok: false; failure: Failure }
);

/** A longer DKIM-Signature field is not read. */
const signatureOctetsMax = 65_536;

/** Reads one DKIM-Signature field from its octet text (RFC 6376 §3.5, §6.1.1). Nothing is repaired. */
export function readSignature(raw: string): SignatureReading {
  const reader = new SignatureReader(raw);
  const signature = reader.read();
  const { claims, base64, failure } = reader;
  return signature !== undefined
    ? { ok: true, claims, base64, signature }
    : { ok: false, claims, base64, failure: failure! };
}

class SignatureReader {
  readonly #raw: string;
  #tags: TagList = new Map();
  /** The first one found. What cannot be parsed is found before what can be parsed and is not acceptable. */
  failure: Failure | undefined;
  base64 = "";
  readonly claims: Claims = {
    signingDomain: undefined,
    selector: undefined,
    identity: undefined,
    algorithm: undefined,
    canonicalization: undefined,
    signedFields: [],
    timestamp: undefined,
    expiration: undefined,
    bodyLength: undefined,
  };

  constructor(raw: string) {
    this.#raw = raw;
  }

  /** RFC 6376 §6.1.1 from the first step to the last. */
  read(): Signature | undefined {
    const valueStart = this.#raw.indexOf(":") + 1;
    const value = this.#raw.slice(valueStart, this.#raw.endsWith("\r\n") ? -2 : undefined);
    if (value.length > signatureOctetsMax) return this.#fail("malformed-signature", "field over 64 KiB");
    const list = parseTagList(value);
    if (!list.ok) return this.#fail("malformed-signature", list.problem);
    this.#tags = list.value;
    if (this.#value("v") !== undefined && this.#value("v") !== "1") this.#fail("incompatible-version", "v= is not 1");
    for (const name of ["v", "a", "b", "bh", "d", "h", "s"]) {
      if (!this.#tags.has(name)) this.#fail("malformed-signature", `no ${name}= tag`);
    }
    const algorithm = this.#algorithm();
    const canonicalizations = this.#canonicalizations();
    this.#queryMethods();
    const signingDomain = this.#domainName("d");
    const selector = this.#domainName("s");
    this.claims.signingDomain = signingDomain;
    this.claims.selector = selector;
    if (signingDomain !== undefined && !signingDomain.includes(".")) this.#malformed("d", "is a single label");
    if (selector !== undefined && signingDomain !== undefined) {
      const keyName = keyNameOf({ selector, signingDomain });
      if (keyName.length > keyNameOctetsMax) this.#malformed("s", "makes the key name too long");
    }
    const signedFields = this.#signedFields();
    const bodyHash = this.#bodyHash(algorithm);
    const signature = this.#base64("b");
    this.base64 = dropFws(this.#value("b") ?? "");
    this.claims.bodyLength = this.#bodyLength();
    this.#times();
    const identityDomain = this.#identityDomain(signingDomain);
    if (this.failure !== undefined) return undefined;
    if (!signedFields.includes("from")) return this.#fail("from-not-signed", "h= does not name From");
    if (!isAtOrBelow(identityDomain!, signingDomain!))
      return this.#fail("identity-outside-domain", "i= is not below d=");
    const b = this.#tags.get("b")!;
    return {
      algorithm: algorithm!,
      signingDomain: signingDomain!,
      selector: selector!,
      identityDomain: identityDomain!,
      headerCanonicalization: canonicalizations!.header,
      bodyCanonicalization: canonicalizations!.body,
      signedFields,
      bodyLength: this.claims.bodyLength,
      timestamp: this.claims.timestamp,
      expiration: this.claims.expiration,
      bodyHash: bodyHash!,
      signature: signature!,
      unsigned: this.#raw.slice(0, valueStart + b.start) + this.#raw.slice(valueStart + b.end),
    };
  }

  #fail(reason: Reason, detail: string): undefined {
    this.failure ??= { reason, detail };
  }

  #malformed(name: string, problem: string): undefined {
    return this.#fail("malformed-signature", `${name}= ${problem}`);
  }

  #value(name: string): string | undefined {
    const tag: Tag | undefined = this.#tags.get(name);
    return tag?.value;
  }

  #algorithm(): Algorithm | undefined {
    const value = this.#value("a");
    if (value === undefined) return undefined;
    if (/^[A-Za-z0-9-]{1,64}$/.test(value)) this.claims.algorithm = value;
    if (value === "rsa-sha256" || value === "ed25519-sha256" || value === "rsa-sha1") return value;
    return this.#fail("unknown-algorithm", "a= is no known algorithm");
  }

  /** `c=` absent means simple/simple; the body's part absent means simple. */
  #canonicalizations(): { header: CanonicalizationName; body: CanonicalizationName } | undefined {
    const [header, body = "simple", ...more] = (this.#value("c") ?? "simple/simple").split("/");
    if (!isCanonicalization(header) || !isCanonicalization(body) || more.length > 0) {
      return this.#fail("unknown-canonicalization", "c= is no known canonicalization");
    }
    this.claims.canonicalization = `${header}/${body}`;
    return { header, body };
  }

  #queryMethods(): void {
    const value = this.#value("q");
    if (value === undefined || colonList(value).includes("dns/txt")) return;
    this.#fail("unknown-query-method", "q= has no known query method");
  }

  #domainName(name: string): string | undefined {
    const value = this.#value(name);
    if (value === undefined) return undefined;
    const text = decodeUtf8(value);
    const domain = text === undefined ? undefined : parseDomain(text);
    return domain?.ok ? domain.value : this.#malformed(name, "is no domain name");
  }

  #signedFields(): string[] {
    const value = this.#value("h");
    if (value === undefined) return [];
    if (!/^[!-9<-~]+(?:[ \t\r\n]*:[ \t\r\n]*[!-9<-~]+)*$/.test(value)) {
      this.#malformed("h", "is no list of field names");
      return [];
    }
    this.claims.signedFields = colonList(value.toLowerCase());
    return this.claims.signedFields;
  }

  #base64(name: string): Buffer | undefined {
    const value = this.#value(name);
    if (value === undefined) return undefined;
    const octets = decodeBase64(value);
    return octets !== undefined && octets.length > 0 ? octets : this.#malformed(name, "is not base64");
  }

  #bodyHash(algorithm: Algorithm | undefined): Buffer | undefined {
    const octets = this.#base64("bh");
    if (octets === undefined || algorithm === undefined) return octets;
    return octets.length === (algorithm === "rsa-sha1" ? 20 : 32)
      ? octets
      : this.#malformed("bh", "is no hash of this length");
  }

  #bodyLength(): number | undefined {
    const value = this.#value("l");
    if (value === undefined) return undefined;
    return /^[0-9]{1,76}$/.test(value) ? Number(value) : this.#malformed("l", "is no number of octets");
  }

  #times(): void {
    this.claims.timestamp = this.#time("t");
    this.claims.expiration = this.#time("x");
    const { timestamp, expiration } = this.claims;
    if (timestamp === undefined || expiration === undefined) return;
    if (expiration <= timestamp && expiration < timeMax) this.#malformed("x", "is not after t=");
  }

  #time(name: "t" | "x"): number | undefined {
    const value = this.#value(name);
    if (value === undefined) return undefined;
    return /^[0-9]+$/.test(value) ? Math.min(Number(value), timeMax) : this.#malformed(name, "is no time");
  }

  /** `i=`: a local part in dkim-quoted-printable that is never decoded here, `@`, and a domain name. */
  #identityDomain(signingDomain: string | undefined): string | undefined {
    const value = this.#value("i");
    if (value === undefined) {
      this.claims.identity = signingDomain === undefined ? undefined : `@${signingDomain}`;
      return signingDomain;
    }
    // A fold may stand anywhere but between `=` and its digits (§2.11).
    if (/=[ \t\r\n]|=.[ \t\r\n]/.test(value)) return this.#malformed("i", "is no identity");
    const identity = decodeUtf8(dropFws(value)) ?? "";
    const at = identity.lastIndexOf("@");
    const domain = parseDomain(identity.slice(at + 1));
    if (at < 0 || !domain.ok || !isQuotedPrintable(identity.slice(0, at)))
      return this.#malformed("i", "is no identity");
    this.claims.identity = identity;
    return domain.value;
  }
}

const timeMax = 999_999_999_999;

const isCanonicalization = (name: string | undefined): name is CanonicalizationName =>
  name === "simple" || name === "relaxed";

/** dkim-quoted-printable (RFC 6376 §2.11): `=` is followed by two hexadecimal digits. */
const isQuotedPrintable = (text: string): boolean => !/=(?![0-9A-Fa-f]{2})/.test(text);
