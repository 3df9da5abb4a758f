import { lookUpKey } from "../key/key-lookup.ts";
import { createHash, createPublicKey, generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { describe, expect, test } from "vitest";
import { only, outcome, signed } from "../../../vectors/dkim/checking.ts";
import { ed25519PrivateKey, ed25519Record, resolver, rsaPrivateKey, rsaRecord } from "../../../vectors/dkim/example.ts";
import type { ResolveTxt } from "../key/key-lookup.ts";
import { formatKeyRecord } from "../key/key-record.ts";

const sha256 = (octets: Uint8Array): Buffer => createHash("sha256").update(octets).digest();

describe("algorithms", () => {
  test("DKIM-V-11 DKIM-V-54 Ed25519 and RSA", async () => {
    expect(await only(signed())).toMatchObject({ result: "pass", algorithm: "ed25519-sha256", keyBits: 256 });
    const rsa = signed({ a: "rsa-sha256", s: "r" }, { privateKey: rsaPrivateKey });
    expect(await only(rsa)).toMatchObject({ result: "pass", algorithm: "rsa-sha256", keyBits: 1024 });
  });
  test("DKIM-V-12 SHA-1 never passes, right or wrong", async () => {
    const text = signed({ a: "rsa-sha1", s: "r" }, { privateKey: rsaPrivateKey });
    expect(await outcome(text)).toBe("policy sha1");
    expect(await outcome(text.replace("Hi.", "Ho."))).toBe("policy sha1");
  });
  test("DKIM-V-54 Ed25519 signs the SHA-256 digest of the header, not the header", async () => {
    const undigested = signed({}, { signWith: (octets) => sign(null, octets, ed25519PrivateKey) });
    expect(await outcome(undigested)).toBe("fail signature-mismatch");
    const twice = signed({}, { signWith: (octets) => sign(null, sha256(sha256(octets)), ed25519PrivateKey) });
    expect(await outcome(twice)).toBe("fail signature-mismatch");
  });
  test("DKIM-V-54 RSA hashes header and body with SHA-256 alone", async () => {
    const signWith = (octets: Uint8Array): Buffer => sign("sha512", octets, rsaPrivateKey);
    expect(await outcome(signed({ a: "rsa-sha256", s: "r" }, { signWith }))).toBe("fail signature-mismatch");
  });
  test.each([
    ["DKIM-K-17", 512, "policy key-too-small"],
    ["DKIM-K-17", 768, "policy key-too-small"],
    ["DKIM-K-17", 1023, "policy key-too-small"],
    ["DKIM-K-18", 1024, "pass"],
    ["DKIM-K-18", 1025, "pass"],
    ["DKIM-K-18", 2048, "pass"],
    ["DKIM-K-18", 4096, "pass"],
  ])("%s an RSA key of %d bits: %s", async (_row, bits, expected) => {
    const { privateKey, resolveTxt } = rsaPair(bits);
    expect(await outcome(signed({ a: "rsa-sha256", s: "r" }, { privateKey }), { resolveTxt })).toBe(expected);
  });
  test.each([
    [8192, "fail signature-mismatch"],
    [8193, "policy key-too-large"],
    [16_384, "policy key-too-large"],
  ])("DKIM-K-18 an RSA key of %d bits, whatever is signed with it: %s", async (bits, expected) => {
    const modulus = Buffer.alloc(Math.ceil(bits / 8), 0xff);
    modulus[0]! >>= modulus.length * 8 - bits;
    const publicKey = createPublicKey({
      format: "jwk",
      key: { kty: "RSA", n: modulus.toString("base64url"), e: "AQAB" },
    });
    const resolveTxt = resolver({ "r._domainkey.example.com": formatKeyRecord(publicKey) });
    const text = signed({ a: "rsa-sha256", s: "r" });
    expect(await only(text, { resolveTxt })).toMatchObject({ keyBits: bits });
    expect(await outcome(text, { resolveTxt })).toBe(expected);
  });
});

describe("what the key record says", () => {
  const p = ed25519Record.split("p=")[1]!;
  const cases: [title: string, record: string | string[] | { code: string }, expected: string][] = [
    ["DKIM-K-05 two keys at one name", [ed25519Record, rsaRecord], "permerror several-key-records"],
    ["DKIM-K-06 another text beside the key", ["v=spf1 -all", ed25519Record], "pass"],
    ["DKIM-K-06 a DMARC record beside the key", ["v=DMARC1; p=none", ed25519Record], "pass"],
    ["DKIM-K-06 a DMARC record alone, as a wildcard gives it", "v=DMARC1; p=none", "permerror key-not-found"],
    ["DKIM-K-06 another text alone", "v=spf1 -all", "permerror key-not-found"],
    ["DKIM-K-03 two p=", `${ed25519Record}; p=${p}`, "permerror key-malformed"],
    ["DKIM-K-03 P= is an unknown tag", `v=DKIM1; k=ed25519; P=${p}`, "permerror key-malformed"],
    ["DKIM-K-03 unknown tags have no effect", `v=DKIM1; K=rsa; zz=1; k=ed25519; p=${p}`, "pass"],
    ["DKIM-K-04 no v=", `k=ed25519; p=${p}`, "pass"],
    ["DKIM-K-04 v= not first", `k=ed25519; v=DKIM1; p=${p}`, "permerror key-malformed"],
    ["DKIM-K-04 v=DKIM1.0", `v=DKIM1.0; k=ed25519; p=${p}`, "permerror key-malformed"],
    [
      "DKIM-K-05 a key and another cut short",
      [ed25519Record, "v=DKIM1; k=ed25519; p=11q"],
      "permerror several-key-records",
    ],
    ["DKIM-K-07 an empty p=", "v=DKIM1; p=", "permerror key-revoked"],
    ["DKIM-K-07 no p=", "v=DKIM1; k=ed25519", "permerror key-malformed"],
    ["DKIM-K-08 another key type", rsaRecord, "permerror key-not-applicable"],
    ["DKIM-K-08 an unknown key type", `v=DKIM1; k=ed448; p=${p}`, "permerror key-not-applicable"],
    ["DKIM-K-11 the hash is not allowed", `v=DKIM1; k=ed25519; h=sha1; p=${p}`, "permerror key-not-applicable"],
    ["DKIM-K-11 the hash is allowed beside others", `v=DKIM1; k=ed25519; h=sha1:sha256; p=${p}`, "pass"],
    ["DKIM-K-11 only hashes that nobody knows", `v=DKIM1; k=ed25519; h=sha257; p=${p}`, "permerror key-not-applicable"],
    ["DKIM-K-11 a hash that nobody knows beside the right one", `v=DKIM1; k=ed25519; h=sha257:sha256; p=${p}`, "pass"],
    ["DKIM-K-12 any service, among others", `v=DKIM1; k=ed25519; s=tlsrpt:*; p=${p}`, "pass"],
    ["DKIM-K-14 n=, g= and unknown flags", `v=DKIM1; k=ed25519; g=other; n=x=20y; t=zz; p=${p}`, "pass"],
    ["DKIM-K-20 white space in p=", `v=DKIM1; k=ed25519; p=${p.slice(0, 9)} \t${p.slice(9)}`, "pass"],
    ["DKIM-K-20 junk in p=", `v=DKIM1; k=ed25519; p=${p.slice(0, 9)}-${p.slice(10)}`, "permerror key-malformed"],
    ["DKIM-K-21 quotes pasted with the record", `"${ed25519Record}"`, "permerror key-malformed"],
    ["DKIM-K-21 an escaped semicolon", `v=DKIM1\\; k=ed25519\\; p=${p}`, "permerror key-malformed"],
    ["DKIM-K-12 a key for another service", `v=DKIM1; k=ed25519; s=tlsrpt; p=${p}`, "permerror key-not-applicable"],
    ["DKIM-K-12 a key for e-mail and another", `v=DKIM1; k=ed25519; s=tlsrpt:email; p=${p}`, "pass"],
    ["DKIM-K-22 no such name", { code: "ENOTFOUND" }, "permerror key-not-found"],
    ["DKIM-K-22 no TXT", { code: "ENODATA" }, "permerror key-not-found"],
    ["DKIM-K-22 an empty answer", [], "permerror key-not-found"],
    ["DKIM-K-23 SERVFAIL", { code: "ESERVFAIL" }, "temperror dns-failure"],
    ["DKIM-K-23 REFUSED", { code: "EREFUSED" }, "temperror dns-failure"],
    ["DKIM-K-23 FORMERR", { code: "EFORMERR" }, "temperror dns-failure"],
    ["DKIM-K-23 the resolver is not there", { code: "ECONNREFUSED" }, "temperror dns-failure"],
    ["DKIM-K-23 a timeout", { code: "ETIMEOUT" }, "temperror dns-timeout"],
  ];
  test.each(cases)("%s", async (_title, record, expected) => {
    expect(await outcome(signed(), { resolveTxt: resolver({ "e._domainkey.example.com": record }) })).toBe(expected);
  });

  test("DKIM-K-01 the key is asked for once, by selector, _domainkey and signing domain, in lower case", async () => {
    const names: string[] = [];
    const resolveTxt: ResolveTxt = (name) => (names.push(name), Promise.resolve([[ed25519Record]]));
    expect(await outcome(signed({ s: "Sel.2026", d: "Mail.Example.COM" }), { resolveTxt })).toBe("pass");
    expect(names).toEqual(["sel.2026._domainkey.mail.example.com"]);
  });
  test("DKIM-K-02 the strings of a record are joined without anything between, wherever it was split", async () => {
    const { privateKey, record } = rsaPair(2048);
    const text = signed({ a: "rsa-sha256", s: "r" }, { privateKey });
    for (let at = 0; at <= record.length; at++) {
      const strings = [record.slice(0, at), "", record.slice(at)];
      expect(await outcome(text, { resolveTxt: () => Promise.resolve([strings]) })).toBe("pass");
    }
    const octets = record.split("");
    expect(await outcome(text, { resolveTxt: () => Promise.resolve([octets]) })).toBe("pass");
  });
  test("DKIM-K-09 a key as SubjectPublicKeyInfo and as bare RSAPublicKey verifies the same signature", async () => {
    const text = signed({ a: "rsa-sha256", s: "r" }, { privateKey: rsaPrivateKey });
    for (const type of ["spki", "pkcs1"] as const) {
      const der = createPublicKey(rsaPrivateKey).export({ type, format: "der" });
      const resolveTxt = resolver({ "r._domainkey.example.com": `v=DKIM1; p=${der.toString("base64")}` });
      expect(await only(text, { resolveTxt })).toMatchObject({ result: "pass", keyBits: 1024 });
    }
  });
  test("DKIM-K-10 an Ed25519 key as SubjectPublicKeyInfo is refused, with a hint", async () => {
    const der = createPublicKey(ed25519PrivateKey).export({ type: "spki", format: "der" });
    const resolveTxt = resolver({ "e._domainkey.example.com": `k=ed25519; p=${der.toString("base64")}` });
    expect(await only(signed(), { resolveTxt })).toMatchObject({
      reason: "key-malformed",
      detail: expect.stringContaining("last 32 octets"),
    });
  });
  test("R-19 an answer of any size is a result: many strings, many records, long ones", async () => {
    const answers: [string[][], string][] = [
      [[[...ed25519Record.split(""), ...Array.from({ length: 400 }, () => " ")]], "pass"],
      [[["v=DKIM1; k=ed25519; n=", "x".repeat(65_000), `; p=${p}`]], "permerror key-malformed"],
      [[[ed25519Record, ";n=", "x".repeat(8192 - ed25519Record.length - 3)]], "pass"],
      [[[ed25519Record, ";n=", "x".repeat(8193 - ed25519Record.length - 3)]], "permerror key-malformed"],
      [Array.from({ length: 100 }, () => [ed25519Record]), "permerror several-key-records"],
      [[...Array.from({ length: 100 }, (_, at) => [`v=spf1 ip4:192.0.2.${at} -all`]), [ed25519Record]], "pass"],
    ];
    for (const [answer, expected] of answers) {
      expect(await outcome(signed(), { resolveTxt: () => Promise.resolve(answer) })).toBe(expected);
    }
  });
  test("DKIM-K-14 t=s wants i= to be at d=", async () => {
    const resolveTxt = resolver({ "e._domainkey.example.com": `v=DKIM1; k=ed25519; t=s; p=${p}` });
    expect(await outcome(signed({ i: "@sub.example.com" }), { resolveTxt })).toBe("permerror key-not-applicable");
    expect(await outcome(signed({ i: "joe@Example.com" }), { resolveTxt })).toBe("pass");
    expect(await outcome(signed(), { resolveTxt })).toBe("pass");
  });
  test("DKIM-K-13 t=y changes no word and is told", async () => {
    const resolveTxt = resolver({ "e._domainkey.example.com": `v=DKIM1; k=ed25519; t=y:zz; p=${p}` });
    expect(await only(signed(), { resolveTxt })).toMatchObject({ result: "pass", testing: true });
    expect(await only(signed().replace("Hi.", "Ho."), { resolveTxt })).toMatchObject({ result: "fail", testing: true });
    expect(await only(signed())).toMatchObject({ testing: false });
  });
  test("whatever error a resolver throws is a result", async () => {
    const throws: ResolveTxt = () => {
      throw new Error("thrown before there is a promise");
    };
    expect(await outcome(signed(), { resolveTxt: throws })).toBe("temperror dns-failure");
    // eslint-disable-next-line prefer-promise-reject-errors -- resolvers of others do
    expect(await outcome(signed(), { resolveTxt: () => Promise.reject(undefined) })).toBe("temperror dns-failure");
  });
});

function rsaPair(modulusLength: number): { privateKey: KeyObject; record: string; resolveTxt: ResolveTxt } {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength });
  const record = formatKeyRecord(publicKey);
  return { privateKey, record, resolveTxt: resolver({ "r._domainkey.example.com": record }) };
}

test.each([[undefined], [null], ["v=DKIM1; p="], [["v=DKIM1; p="]]])(
  "a resolver that answers %j is one that fails, and the verification goes on",
  async (answer) => {
    // The type is broken on purpose: callers without TypeScript can.
    const resolveTxt = () => Promise.resolve(answer as unknown as string[][]);
    expect(await lookUpKey("s1._domainkey.example.com", resolveTxt)).toMatchObject({
      failure: { reason: "dns-failure" },
    });
  },
);
