import { createPublicKey, generateKeyPairSync, randomBytes, type KeyObject } from "node:crypto";
import { formatKeyRecord } from "chancery/dkim";
import {
  body,
  crlf,
  ed25519Record,
  forge,
  header,
  now,
  rsaPrivateKey,
  rsaRecord,
  signatureTemplate,
} from "../../protocol/vectors/dkim/example.ts";

/** What stands at the key names: the strings of each TXT record. */
export type Names = Record<string, string[][]>;
/** Octets that a stranger may send or publish, and what they have to come to. */
export type Case = {
  title: string;
  message: string;
  names?: Names;
  /** `result reason` of each signature. */
  expected: string[];
  /** Of the first signature. */
  uncoveredFields?: string[];
  uncoveredOctets?: number;
  remarks?: string[];
};

const keyName = "e._domainkey.example.com";
export const usual: Names = { [keyName]: [[ed25519Record]], "r._domainkey.example.com": [[rsaRecord]] };

/** A message with a signature that verifies but for what `changes` does to its tags. */
export function message(
  changes: Record<string, string | undefined> = {},
  parts: { header?: string; body?: string; privateKey?: KeyObject } = {},
): string {
  return `${forge(signatureTemplate(changes), parts)}${parts.header ?? header}\r\n${parts.body ?? body}`;
}
const withRsa = (privateKey: KeyObject, changes: Record<string, string | undefined> = {}): string =>
  message({ a: "rsa-sha256", s: "r", ...changes }, { privateKey });
const atKey = (...records: string[][]): Names => ({ [keyName]: records });
const atRsaKey = (record: string): Names => ({ "r._domainkey.example.com": [[record]] });
/** An RSA key record of any numbers: DER through the platform's own writer. */
const rsaRecordOf = (modulus: Buffer, exponent: Buffer): string =>
  formatKeyRecord(
    createPublicKey({
      key: { kty: "RSA", n: modulus.toString("base64url"), e: exponent.toString("base64url") },
      format: "jwk",
    }),
  );
const oddModulus = (bits: number): Buffer => {
  const modulus = randomBytes(bits / 8);
  modulus[0]! |= 0x80;
  modulus[modulus.length - 1]! |= 1;
  return modulus;
};
const exponentThree = generateKeyPairSync("rsa", { modulusLength: 2048, publicExponent: 3 });

export const signatures: Case[] = [
  {
    title: "a tag twice",
    message: message().replace("; d=", "; d=example.net; d="),
    expected: ["neutral malformed-signature"],
  },
  { title: "h= without From", message: message({ h: "to:subject" }), expected: ["permerror from-not-signed"] },
  {
    title: "h= naming From once, two present",
    message: message({ h: "from:to" }).replace("From:", "From: a@example.org\r\nFrom:"),
    expected: ["pass"],
    uncoveredFields: ["from", "subject", "date", "message-id"],
  },
  {
    title: "h= naming From twice, two present, one added",
    message: message({ h: "from:from:to" }).replace("From:", "From: a@example.org\r\nFrom:"),
    expected: ["fail signature-mismatch"],
  },
  { title: "i= outside d=", message: message({ i: "@example.net" }), expected: ["permerror identity-outside-domain"] },
  {
    title: "i= that ends like d=",
    message: message({ i: "@notexample.com" }),
    expected: ["permerror identity-outside-domain"],
  },
  { title: "unknown v=", message: message({ v: "2" }), expected: ["neutral incompatible-version"] },
  { title: "v= with a zero in front", message: message({ v: "01" }), expected: ["neutral incompatible-version"] },
  { title: "no v=", message: message({ v: undefined }), expected: ["neutral malformed-signature"] },
  { title: "no c=: simple/simple", message: message({ c: undefined }), expected: ["pass"] },
  {
    title: "no c=, and blanks that only relaxed would not see",
    message: message({ c: undefined }).replace("Subject: Is", "Subject:  Is"),
    expected: ["fail signature-mismatch"],
  },
  {
    title: "t= in the future",
    message: message({ t: `${now + 86_400}` }),
    expected: ["pass"],
    remarks: ["future-timestamp"],
  },
  {
    title: "x= before t=",
    message: message({ t: `${now}`, x: `${now - 1}` }),
    expected: ["neutral malformed-signature"],
  },
  {
    title: "x= that has passed",
    message: message({ t: `${now - 900}`, x: `${now - 800}` }),
    expected: ["policy expired"],
  },
  {
    title: "t= of a thousand digits",
    message: message({ t: "9".repeat(1000) }),
    expected: ["pass"],
    remarks: ["future-timestamp"],
  },
  { title: "unknown q=", message: message({ q: "http/well-known" }), expected: ["neutral unknown-query-method"] },
  { title: "unknown q= beside dns/txt", message: message({ q: "http/x:dns/txt" }), expected: ["pass"] },
  {
    title: "white space inside base64",
    message: message().replace(/ b=(.{20})(.{20})/, " b= $1\r\n\t $2 "),
    expected: ["pass"],
  },
  { title: "b= empty", message: message().replace(/ b=[^\r]*/, " b="), expected: ["neutral malformed-signature"] },
  {
    title: "b= of blanks alone",
    message: message().replace(/ b=[^\r]*/, " b= \r\n  "),
    expected: ["neutral malformed-signature"],
  },
  {
    title: "b= of the wrong length",
    message: message().replace(/ b=[^\r]*/, " b=AAAA"),
    expected: ["fail signature-mismatch"],
  },
  { title: "bh= shorter than a hash", message: message({ bh: "AAAA" }), expected: ["neutral malformed-signature"] },
  {
    title: "bh= longer than a hash",
    message: message({ bh: Buffer.alloc(33).toString("base64") }),
    expected: ["neutral malformed-signature"],
  },
  { title: "a= with SHA-1", message: withRsa(rsaPrivateKey, { a: "rsa-sha1" }), expected: ["policy sha1"] },
  { title: "a= of no algorithm", message: message({ a: "none" }), expected: ["neutral unknown-algorithm"] },
  { title: "d= of one label", message: message({ d: "com" }), expected: ["neutral malformed-signature"] },
  { title: "d= with a final dot", message: message({ d: "example.com." }), expected: ["neutral malformed-signature"] },
  {
    title: "d= with a full-width dot",
    message: message({ d: "example\xe3\x80\x82com" }),
    expected: ["neutral malformed-signature"],
    remarks: ["utf8-in-ascii-message"],
  },
  {
    title: "d= of an address literal",
    message: message({ d: "[192.0.2.1]" }),
    expected: ["neutral malformed-signature"],
  },
  { title: "d= in upper case", message: message({ d: "EXAMPLE.Com" }), expected: ["pass"] },
  {
    title: "d= with a Cyrillic letter",
    message: message({ d: "ex\xd0\xb0mple.com" }),
    expected: ["permerror key-not-found"],
    remarks: ["utf8-in-ascii-message"],
  },
  { title: "s= with NUL", message: message({ s: "e\0.x" }), expected: ["neutral malformed-signature"] },
  {
    title: "s= that leads out of _domainkey",
    message: message({ s: "e._domainkey.example.net.\0" }),
    expected: ["neutral malformed-signature"],
  },
  {
    title: "s= that makes the key name too long",
    message: message({ s: `${"a.".repeat(120)}b` }),
    expected: ["neutral malformed-signature"],
  },
  { title: "l= past the end of the body", message: message({ l: "100000" }), expected: ["fail body-too-short"] },
  { title: "l= with a sign", message: message({ l: "-1" }), expected: ["neutral malformed-signature"] },
  {
    title: "tags by the thousand",
    message: message().replace(
      "DKIM-Signature:",
      `DKIM-Signature:${Array.from({ length: 1000 }, (_, at) => ` x${at}=1;`).join("")}`,
    ),
    expected: ["neutral malformed-signature"],
  },
];

export const keys: Case[] = [
  {
    title: "RSA exponent 1",
    message: withRsa(rsaPrivateKey),
    names: atRsaKey(rsaRecordOf(oddModulus(2048), Buffer.from([1]))),
    expected: ["permerror key-malformed"],
  },
  {
    title: "RSA exponent 2",
    message: withRsa(rsaPrivateKey),
    names: atRsaKey(rsaRecordOf(oddModulus(2048), Buffer.from([2]))),
    expected: ["permerror key-malformed"],
  },
  {
    title: "RSA exponent 3, which is an exponent",
    message: withRsa(exponentThree.privateKey),
    names: atRsaKey(formatKeyRecord(exponentThree.publicKey)),
    expected: ["pass"],
  },
  {
    title: "RSA exponent of 2048 bits",
    message: withRsa(rsaPrivateKey),
    names: atRsaKey(rsaRecordOf(oddModulus(2048), oddModulus(2048))),
    expected: ["permerror key-malformed"],
  },
  {
    title: "RSA modulus of 16384 bits",
    message: withRsa(rsaPrivateKey),
    names: atRsaKey(rsaRecordOf(oddModulus(16_384), Buffer.from([1, 0, 1]))),
    expected: ["policy key-too-large"],
  },
  {
    title: "RSA modulus of 512 bits",
    message: withRsa(rsaPrivateKey),
    names: atRsaKey(rsaRecordOf(oddModulus(512), Buffer.from([1, 0, 1]))),
    expected: ["policy key-too-small"],
  },
  {
    title: "an Ed25519 key of 31 octets",
    message: message(),
    names: atKey([`v=DKIM1; k=ed25519; p=${randomBytes(31).toString("base64")}`]),
    expected: ["permerror key-malformed"],
  },
  {
    title: "an Ed25519 key of 33 octets",
    message: message(),
    names: atKey([`v=DKIM1; k=ed25519; p=${randomBytes(33).toString("base64")}`]),
    expected: ["permerror key-malformed"],
  },
  {
    title: "an Ed25519 point of small order",
    message: message(),
    names: atKey([`v=DKIM1; k=ed25519; p=AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=`]),
    expected: ["permerror key-malformed"],
  },
  {
    title: "k=rsa with an Ed25519 value",
    message: withRsa(rsaPrivateKey),
    names: atRsaKey(ed25519Record.replace("k=ed25519", "k=rsa")),
    expected: ["permerror key-malformed"],
  },
  {
    title: "k=ed25519 with an RSA value",
    message: message(),
    names: atKey([rsaRecord.replace("k=rsa", "k=ed25519")]),
    expected: ["permerror key-malformed"],
  },
  {
    title: "a key of the other type",
    message: message(),
    names: atKey([rsaRecord]),
    expected: ["permerror key-not-applicable"],
  },
  {
    title: "h=sha1 alone",
    message: message(),
    names: atKey([`${ed25519Record}; h=sha1`]),
    expected: ["permerror key-not-applicable"],
  },
  {
    title: "t=s, and i= in a sub-domain",
    message: message({ i: "@a.example.com" }),
    names: atKey([`${ed25519Record}; t=s`]),
    expected: ["permerror key-not-applicable"],
  },
  {
    title: "t=s, and i= in the domain",
    message: message({ i: "@example.com" }),
    names: atKey([`${ed25519Record}; t=s`]),
    expected: ["pass"],
  },
  {
    title: "p= empty",
    message: message(),
    names: atKey(["v=DKIM1; k=ed25519; p="]),
    expected: ["permerror key-revoked"],
  },
  { title: "no p=", message: message(), names: atKey(["v=DKIM1; k=ed25519"]), expected: ["permerror key-malformed"] },
  {
    title: "two key records",
    message: message(),
    names: atKey([ed25519Record], [ed25519Record]),
    expected: ["permerror several-key-records"],
  },
  {
    title: "a key record of 400 strings",
    message: message(),
    names: atKey(`${ed25519Record}; n=`.padEnd(400, "x").split("")),
    expected: ["pass"],
  },
  {
    title: "a TXT of 400 full strings",
    message: message(),
    names: atKey([ed25519Record, "; n=", ...Array.from({ length: 400 }, () => "x".repeat(255))]),
    expected: ["permerror key-malformed"],
  },
  {
    title: "a hundred other TXT records beside it",
    message: message(),
    names: atKey(...Array.from({ length: 100 }, (_, at) => [`token-${at}`]), [ed25519Record]),
    expected: ["pass"],
  },
  { title: "unknown tags", message: message(), names: atKey([`${ed25519Record}; foo=bar; x_9=`]), expected: ["pass"] },
  {
    title: "n= with control characters",
    message: message(),
    names: atKey([`${ed25519Record}; n=\x1b[2J`]),
    expected: ["permerror key-malformed"],
  },
  {
    title: "a tag twice",
    message: message(),
    names: atKey([`${ed25519Record}; k=ed25519`]),
    expected: ["permerror key-malformed"],
  },
  {
    title: "v= not first",
    message: message(),
    names: atKey(["k=ed25519; v=DKIM1; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="]),
    expected: ["permerror key-malformed"],
  },
];

const fields = (text: string): string => message({}, { header: `${text}${header}` });
const multipart = crlf("--a", "Content-Type: text/plain", "", "signed", "--a--");
const html = "Content-Type: text/html; boundary=b\r\n";
const withType = `Content-Type: multipart/mixed; boundary=a\r\n${header}`;

export const messages: Case[] = [
  { title: "a field of 1 MB in one line", message: fields(`X-Long: ${"x".repeat(1_048_576)}\r\n`), expected: ["pass"] },
  {
    title: "a field of 3 MB",
    message: fields(`X-Long: ${"x".repeat(3_145_728)}\r\n`),
    expected: ["neutral header-too-large"],
  },
  { title: "a field name with NUL", message: fields("Fr\0om: a@example.org\r\n"), expected: ["pass"] },
  { title: "an 8-bit field name", message: fields("Fr\xf6m: a@example.org\r\n"), expected: ["pass"] },
  {
    title: "CR alone as line end",
    message: message().replaceAll("\r\n", "\r"),
    expected: [`neutral malformed-signature`],
  },
  {
    title: "LF alone as line end",
    message: message().replaceAll("\r\n", "\n"),
    expected: [`neutral malformed-signature`],
  },
  {
    title: "LF alone in the body",
    message: message().replace("Hi.\r\n", "Hi.\n"),
    expected: ["fail body-hash-mismatch"],
  },
  { title: "lines over 998 octets", message: message({}, { body: `${"x".repeat(100_000)}\r\n` }), expected: ["pass"] },
  { title: "a byte order mark before the signature", message: `\xef\xbb\xbf${message()}`, expected: [] },
  {
    title: "a byte order mark before From",
    message: message().replace("From:", "\xef\xbb\xbfFrom:"),
    expected: ["fail signature-mismatch"],
  },
  {
    title: "a second boundary in a Content-Type that is not signed",
    message: message({}, { header: withType, body: multipart }).replace("boundary=a", "boundary=a; boundary=b"),
    expected: ["pass"],
    uncoveredFields: ["date", "message-id", "content-type"],
  },
  {
    title: "a second boundary in a Content-Type that is signed",
    message: message({ h: "from:content-type" }, { header: withType, body: multipart }).replace(
      "boundary=a",
      "boundary=a; boundary=b",
    ),
    expected: ["fail signature-mismatch"],
  },
  {
    title: "a second Content-Type, and a body behind l=",
    message: `${message({ h: "from:to:subject:date:message-id:content-type", l: `${multipart.length}` }, { header: withType, body: multipart }).replace("Content-Type:", `${html}Content-Type:`)}--b\r\n\r\nforged\r\n--b--\r\n`,
    expected: ["pass"],
    uncoveredFields: ["content-type"],
    uncoveredOctets: crlf("--b", "", "forged", "--b--").length,
  },
  {
    title: "the same where Content-Type is oversigned",
    message: `${message({ h: "from:content-type:content-type", l: `${multipart.length}` }, { header: withType, body: multipart }).replace("Content-Type:", `${html}Content-Type:`)}--b\r\n`,
    expected: ["fail signature-mismatch"],
    uncoveredOctets: 5,
  },
];
