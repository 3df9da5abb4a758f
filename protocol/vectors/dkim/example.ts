// For tests: the keys of RFC 8463 Appendix A, a message to sign, and a way to make signatures that `sign` would refuse to make.
import { createHash, createPrivateKey, sign as signOctets, type KeyObject } from "node:crypto";
import type { ResolveTxt } from "../../src/dkim/key/key-lookup.ts";
import type { SigningKey } from "../../src/dkim/sign/signing-key.ts";

const rsaPem = `-----BEGIN RSA PRIVATE KEY-----
MIICXQIBAAKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQi
Y/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqM
KrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB
AoGAH0cxOhFZDgzXWhDhnAJDw5s4roOXN4OhjiXa8W7Y3rhX3FJqmJSPuC8N9vQm
6SVbaLAE4SG5mLMueHlh4KXffEpuLEiNp9Ss3O4YfLiQpbRqE7Tm5SxKjvvQoZZe
zHorimOaChRL2it47iuWxzxSiRMv4c+j70GiWdxXnxe4UoECQQDzJB/0U58W7RZy
6enGVj2kWF732CoWFZWzi1FicudrBFoy63QwcowpoCazKtvZGMNlPWnC7x/6o8Gc
uSe0ga2xAkEA8C7PipPm1/1fTRQvj1o/dDmZp243044ZNyxjg+/OPN0oWCbXIGxy
WvmZbXriOWoSALJTjExEgraHEgnXssuk7QJBALl5ICsYMu6hMxO73gnfNayNgPxd
WFV6Z7ULnKyV7HSVYF0hgYOHjeYe9gaMtiJYoo0zGN+L3AAtNP9huqkWlzECQE1a
licIeVlo1e+qJ6Mgqr0Q7Aa7falZ448ccbSFYEPD6oFxiOl9Y9se9iYHZKKfIcst
o7DUw1/hz2Ck4N5JrgUCQQCyKveNvjzkkd8HjYs0SwM0fPjK16//5qDZ2UiDGnOe
uEzxBDAr518Z8VFbR41in3W4Y3yCDgQlLlcETrS+zYcL
-----END RSA PRIVATE KEY-----
`;

export const rsaPrivateKey: KeyObject = createPrivateKey(rsaPem);
export const ed25519PrivateKey: KeyObject = createPrivateKey({
  format: "jwk",
  key: {
    kty: "OKP",
    crv: "Ed25519",
    d: "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
    x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
  },
});

export const rsaKey: SigningKey = { signingDomain: "example.com", selector: "r", privateKey: rsaPrivateKey };
export const ed25519Key: SigningKey = { signingDomain: "example.com", selector: "e", privateKey: ed25519PrivateKey };

export const rsaRecord =
  "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB";
export const ed25519Record = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";

/** Key names and their records, for the two keys. */
export const keyRecords: Record<string, string> = {
  "r._domainkey.example.com": rsaRecord,
  "e._domainkey.example.com": ed25519Record,
};

/** A resolver that knows these names: the text of a TXT record, several, or an error code of `node:dns`. */
export const resolver =
  (names: Record<string, string | readonly string[] | { code: string }>): ResolveTxt =>
  // eslint-disable-next-line require-await -- a resolver answers with a promise
  async (name) => {
    const found = names[name];
    if (found === undefined) throw Object.assign(new Error("no such name"), { code: "ENOTFOUND" });
    if (typeof found === "object" && "code" in found) throw Object.assign(new Error("no answer"), found);
    return (typeof found === "string" ? [found] : found).map((text) => [text.slice(0, 255), text.slice(255)]);
  };

/** Octet text to octets, and lines to CRLF text. */
export const octets = (text: string): Uint8Array => Buffer.from(text, "latin1");
export const crlf = (...lines: string[]): string => lines.map((line) => `${line}\r\n`).join("");

export const now = 1_700_000_000;

export const header: string = crlf(
  "From: Joe SixPack <joe@example.com>",
  "To: Suzie Q <suzie@example.net>",
  "Subject: Is dinner ready?",
  "Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)",
  "Message-ID: <20030712040037.46341.5F8J@example.com>",
);
export const body: string = crlf("Hi.", "", "We lost the game.  Are you hungry yet?", "", "Joe.");

/** A DKIM-Signature field in which `{bh}` and `{b}` are to be filled in. */
export const signatureTemplate = (changes: Record<string, string | undefined> = {}): string => {
  const tags: Record<string, string | undefined> = {
    v: "1",
    a: "ed25519-sha256",
    c: "relaxed/relaxed",
    d: "example.com",
    s: "e",
    h: "from:to:subject",
    bh: "{bh}",
    b: "{b}",
    ...changes,
  };
  const list = Object.entries(tags).filter(([, value]) => value !== undefined);
  return `DKIM-Signature: ${list.map(([name, value]) => `${name}=${value}`).join("; ")}\r\n`;
};

/** What is signed and with what; `signWith` makes the signature of the octets itself. */
type ForgedParts = {
  header?: string;
  body?: string;
  privateKey?: KeyObject;
  signWith?: (octets: Uint8Array) => Uint8Array;
};

/**
 * Fills in a template so that it verifies, whatever else is wrong with it. Canonicalization is done here once more, by the
 * plainest means, so that the engine is not compared with itself.
 */
export function forge(template: string, parts: ForgedParts = {}): string {
  const tag = (name: string, absent: string): string =>
    new RegExp(`[;:]\\s*${name}\\s*=([^;]*)`).exec(template)?.[1]?.trim() ?? absent;
  const [headerRule, bodyRule = "simple"] = tag("c", "simple/simple").split("/");
  const hash = tag("a", "").endsWith("sha1") ? "sha1" : "sha256";
  const canonicalBody = (bodyRule === "relaxed" ? relaxedBody : simpleBody)(parts.body ?? body);
  const length = /[;:]\s*l\s*=\s*(\d+)/.exec(template)?.[1];
  const bodyHash = createHash(hash)
    .update(octets(canonicalBody.slice(0, length === undefined ? undefined : Number(length))))
    .digest("base64");
  const withBodyHash = template.replace("{bh}", bodyHash);
  const field = headerRule === "relaxed" ? relaxedField : (raw: string): string => raw;
  const fields = (parts.header ?? header).split(/(?<=\r\n)(?![ \t])/);
  let input = "";
  for (const name of tag("h", "").split(":")) {
    const at = fields.findLastIndex((raw) => raw.split(":")[0]!.trim().toLowerCase() === name.trim().toLowerCase());
    if (at >= 0) input += field(fields.splice(at, 1)[0]!);
  }
  input += field(withBodyHash.replace(/\s*\{b\}\s*?(?=;|\r\n$)/, "")).slice(0, -2);
  const { privateKey = ed25519PrivateKey, signWith = signer(privateKey, hash) } = parts;
  return withBodyHash.replace("{b}", Buffer.from(signWith(octets(input))).toString("base64"));
}

const signer = (privateKey: KeyObject, hash: string): ((input: Uint8Array) => Uint8Array) =>
  privateKey.asymmetricKeyType === "rsa"
    ? (input) => signOctets(hash, input, privateKey)
    : (input) => signOctets(null, createHash("sha256").update(input).digest(), privateKey);

/** RFC 6376 §3.4 by regular expressions, for texts that we write ourselves. */
export const relaxedField = (raw: string): string => {
  const [name = "", ...value] = raw.replace(/\r\n(?=[ \t])/g, "").split(":");
  const collapse = (text: string): string => text.replace(/[ \t]+/g, " ").replace(/^ | ?(?=\r\n$)| $/g, "");
  return `${collapse(name).toLowerCase()}:${collapse(value.join(":"))}`;
};
export const simpleBody = (text: string): string => `${text.replace(/(\r\n)*$/, "")}\r\n`;
export const relaxedBody = (text: string): string => {
  const lines = text.split("\r\n").map((line) => line.replace(/[ \t]+/g, " ").replace(/ $/, ""));
  const joined = lines.join("\r\n").replace(/(\r\n)*$/, "");
  return joined === "" ? "" : `${joined}\r\n`;
};
