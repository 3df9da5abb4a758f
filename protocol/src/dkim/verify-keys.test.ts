import { lookUpKey } from "./key-lookup.ts";
import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { only, outcome, signed } from "../../vectors/dkim/checking.ts";
import { ed25519Record, resolver, rsaPrivateKey, rsaRecord } from "../../vectors/dkim/example.ts";
import type { ResolveTxt } from "./key-lookup.ts";
import { formatKeyRecord } from "./key-record.ts";

describe("algorithms", () => {
  test("DKIM-V-11 DKIM-V-54 Ed25519 and RSA", async () => {
    expect(await only(signed())).toMatchObject({ result: "pass", algorithm: "ed25519-sha256", keyBits: 256 });
    const rsa = signed({ a: "rsa-sha256", s: "r" }, { privateKey: rsaPrivateKey });
    expect(await only(rsa)).toMatchObject({ result: "pass", algorithm: "rsa-sha256", keyBits: 1024 });
  });
  test("DKIM-V-12 SHA-1 never passes, right or wrong", async () => {
    const text = signed({ a: "rsa-sha1", s: "r" }, { privateKey: rsaPrivateKey });
    expect(await outcome(text)).toBe("policy sha1");
  });
  test("DKIM-V-55 a signature with loose PKCS#1 padding under exponent 3 is refused", async () => {
    const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048, publicExponent: 3 });
    // The cube root of 00 01 FF 00 DigestInfo… with anything behind: what Bleichenbacher's forgery hands in.
    const digestInfo = "3031300d060960864801650304020105000420";
    const wanted = BigInt(`0x0001ff00${digestInfo}${"00".repeat(32)}${"ff".repeat(256 - 4 - 19 - 32)}`);
    let root = 1n << 700n;
    for (let step = 1n << 699n; step > 0n; step >>= 1n) if ((root + step) ** 3n <= wanted) root += step;
    const b = Buffer.from(root.toString(16).padStart(512, "0"), "hex").toString("base64");
    const resolveTxt = resolver({ "r._domainkey.example.com": formatKeyRecord(publicKey) });
    const text = signed({ a: "rsa-sha256", s: "r" }, { privateKey: rsaPrivateKey });
    expect(await outcome(text.replace(/; b=.*/, `; b=${b}`), { resolveTxt })).toBe("fail signature-mismatch");
  });
  test.each([
    ["DKIM-K-17", 512, "policy key-too-small"],
    ["DKIM-K-17", 1023, "policy key-too-small"],
    ["DKIM-K-18", 1024, "pass"],
    ["DKIM-K-18", 4096, "pass"],
  ])("%s an RSA key of %d bits: %s", async (_row, bits, expected) => {
    const { privateKey, resolveTxt } = rsaPair(bits);
    expect(await outcome(signed({ a: "rsa-sha256", s: "r" }, { privateKey }), { resolveTxt })).toBe(expected);
  });
  test("DKIM-K-18 an RSA key of 16384 bits: policy, whatever is signed with it", async () => {
    const modulus = Buffer.alloc(2048, 0xff).toString("base64url");
    const publicKey = createPublicKey({ format: "jwk", key: { kty: "RSA", n: modulus, e: "AQAB" } });
    const resolveTxt = resolver({ "r._domainkey.example.com": formatKeyRecord(publicKey) });
    expect(await outcome(signed({ a: "rsa-sha256", s: "r" }), { resolveTxt })).toBe("policy key-too-large");
  });
});

describe("what the key record says", () => {
  const p = ed25519Record.split("p=")[1]!;
  const cases: [title: string, record: string | string[] | { code: string }, expected: string][] = [
    ["DKIM-K-05 two keys at one name", [ed25519Record, rsaRecord], "permerror several-key-records"],
    ["DKIM-K-06 another text beside the key", ["v=spf1 -all", ed25519Record], "pass"],
    ["DKIM-K-06 another text alone", "v=spf1 -all", "permerror key-not-found"],
    ["DKIM-K-07 an empty p=", "v=DKIM1; p=", "permerror key-revoked"],
    ["DKIM-K-07 no p=", "v=DKIM1; k=ed25519", "permerror key-malformed"],
    ["DKIM-K-08 another key type", rsaRecord, "permerror key-not-applicable"],
    ["DKIM-K-08 an unknown key type", `v=DKIM1; k=ed448; p=${p}`, "permerror key-not-applicable"],
    ["DKIM-K-11 the hash is not allowed", `v=DKIM1; k=ed25519; h=sha1; p=${p}`, "permerror key-not-applicable"],
    ["DKIM-K-11 the hash is allowed beside others", `v=DKIM1; k=ed25519; h=sha1:sha256; p=${p}`, "pass"],
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

  test("DKIM-K-02 the strings of a record are joined without anything between", async () => {
    const text = signed({ a: "rsa-sha256", s: "r" }, { privateKey: rsaPrivateKey });
    for (let at = 0; at <= rsaRecord.length; at += 7) {
      const strings = [rsaRecord.slice(0, at), "", rsaRecord.slice(at)];
      expect(await outcome(text, { resolveTxt: () => Promise.resolve([strings]) })).toBe("pass");
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

function rsaPair(modulusLength: number): { privateKey: typeof rsaPrivateKey; resolveTxt: ResolveTxt } {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength });
  return { privateKey, resolveTxt: resolver({ "r._domainkey.example.com": formatKeyRecord(publicKey) }) };
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
