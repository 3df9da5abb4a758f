import { createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ed25519PrivateKey, ed25519Record, rsaPrivateKey, rsaRecord } from "../../../vectors/dkim/example.ts";
import { readKeyRecords } from "./key-lookup.ts";
import { formatKeyRecord, looksLikeKeyRecord, parseKeyRecord, type KeyRecord } from "./key-record.ts";

const rsaPublicKey = createPublicKey(rsaPrivateKey);
const ed25519PublicKey = createPublicKey(ed25519PrivateKey);
const p = rsaRecord.split("p=")[1]!;

const record = (text: string): KeyRecord => {
  const parsed = parseKeyRecord(text);
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.value;
};
const problem = (text: string): string => {
  const parsed = parseKeyRecord(text);
  return parsed.ok ? "none" : parsed.problem;
};

describe("key records are read", () => {
  test("DKIM-K-04 v= is optional, DKIM-K-08 k= is rsa when absent", () => {
    expect(record(`p=${p}`)).toMatchObject({
      keyType: "rsa",
      services: ["*"],
      flags: [],
      hashes: undefined,
      warnings: [],
    });
  });
  test("DKIM-K-09 an RSA key as SubjectPublicKeyInfo and as bare RSAPublicKey is the same key", () => {
    const bare = rsaPublicKey.export({ type: "pkcs1", format: "der" }).toString("base64");
    for (const text of [rsaRecord, `v=DKIM1; p=${bare}`]) {
      const { key } = record(text);
      expect(key.state === "usable" && key.publicKey.bits).toBe(1024);
      expect(key.state === "usable" && key.publicKey.object.equals(rsaPublicKey)).toBe(true);
    }
  });
  test("DKIM-K-10 an Ed25519 key is 32 octets", () => {
    const { key } = record(ed25519Record);
    expect(key.state === "usable" && key.publicKey.object.equals(ed25519PublicKey)).toBe(true);
  });
  test("DKIM-K-07 an empty p= is a revoked key", () => {
    expect(record("v=DKIM1; p=").key).toEqual({ state: "revoked" });
    expect(record("v=DKIM1; k=rsa; p= ;").key).toEqual({ state: "revoked" });
  });
  test("DKIM-K-08 an unknown k= leaves the key unread", () => {
    expect(record("v=DKIM1; k=rsa2; p=!!").key).toEqual({ state: "unknown-type" });
  });
  test("DKIM-K-11 DKIM-K-12 DKIM-K-14 lists are split at colons, unknown entries kept", () => {
    expect(record(`v=DKIM1; h=sha1 : sha256; s=email:tlsrpt; t=y : zz; p=${p}`)).toMatchObject({
      hashes: ["sha1", "sha256"],
      services: ["email", "tlsrpt"],
      flags: ["y", "zz"],
    });
  });
  test("DKIM-K-14 n=, g= and unknown tags have no effect", () => {
    expect(record(`v=DKIM1; g=other; n=a note; zz=1; p=${p}`)).toMatchObject({ warnings: ["obsolete-granularity"] });
    expect(record(`v=DKIM1; n=; p=${p}`).warnings).toEqual([]);
  });
  test("DKIM-K-20 white space in p= is dropped, missing padding is tolerated with a warning", () => {
    expect(record(`p=${p.replace(/.{20}/g, "$& \t")}`).warnings).toEqual([]);
    expect(record(ed25519Record.replace(/=+$/, "")).warnings).toEqual(["missing-padding"]);
  });
  test("DKIM-K-17 DKIM-K-18 the length of an RSA key is the length of its modulus", () => {
    for (const bits of [512, 1023, 1025, 4096]) {
      const { key } = record(formatKeyRecord(rsaOfBits(bits)));
      expect(key.state === "usable" && key.publicKey.bits).toBe(bits);
    }
  });
});

describe("key records are refused", () => {
  const der = Buffer.from(p, "base64");
  const rsaWith = (modulus: Buffer, exponent: Buffer): string => {
    const integer = (value: Buffer): Buffer => element(0x02, Buffer.concat([Buffer.of(0), value]));
    return `p=${element(0x30, Buffer.concat([integer(modulus), integer(exponent)])).toString("base64")}`;
  };
  const modulus = Buffer.from(rsaPublicKey.export({ format: "jwk" })["n"] as string, "base64url");
  const p25519 = (hex: string): string => `k=ed25519; p=${Buffer.from(hex, "hex").toString("base64")}`;
  const spki = ed25519PublicKey.export({ type: "spki", format: "der" });

  test.each([
    ["DKIM-K-03 two p=", `p=${p}; p=${p}`, "tag p= twice"],
    ["DKIM-K-04 v= not first", `k=rsa; v=DKIM1; p=${p}`, "v= is not the first tag"],
    ["DKIM-K-04 v=DKIM1.0", `v=DKIM1.0; p=${p}`, "v= is not DKIM1"],
    ["DKIM-K-04 v=dkim1", `v=dkim1; p=${p}`, "v= is not DKIM1"],
    ["DKIM-K-04 an empty v=", `v=; p=${p}`, "v= is not DKIM1"],
    ["DKIM-K-07 no p=", "v=DKIM1; k=rsa", "no p= tag"],
    ["DKIM-K-20 junk in p=", `p=${p.slice(0, 50)}-${p.slice(51)}`, "p= is not base64"],
    ["DKIM-K-20 too much padding", `p=${p}=`, "p= is not base64"],
    ["DKIM-K-21 quotes around the record", `"v=DKIM1; p=${p}"`, "not a tag name"],
    ["DKIM-K-21 an escaped semicolon", `v=DKIM1\\; p=${p}`, "v= is not DKIM1"],
    ["an RSA key cut short", `p=${der.subarray(0, 100).toString("base64")}`, "p= is no RSA public key"],
    ["octets behind the key", `p=${Buffer.concat([der, Buffer.of(0)]).toString("base64")}`, "p= is no RSA public key"],
    ["another algorithm's key", `p=${spki.toString("base64")}`, "p= is no RSA public key"],
    ["DKIM-K-19 exponent 1", rsaWith(modulus, Buffer.of(1)), "RSA exponent is not an odd number above 1"],
    ["DKIM-K-19 an even exponent", rsaWith(modulus, Buffer.of(4)), "RSA exponent is not an odd number above 1"],
    ["an exponent that makes verifying slow", rsaWith(modulus, Buffer.alloc(9, 0xff)), "RSA exponent over 64 bits"],
    ["exponent 0", rsaWith(modulus, Buffer.of(0)), "p= is no RSA public key"],
    ["an even modulus", rsaWith(Buffer.concat([modulus, Buffer.of(0)]), Buffer.of(3)), "RSA modulus is even"],
    ["a negative modulus", "p=MAYCAYACAQM=", "p= is no RSA public key"],
    [
      "DKIM-K-10 Ed25519 as SubjectPublicKeyInfo, with a hint",
      p25519(spki.toString("hex")),
      expect.stringContaining("last 32 octets"),
    ],
    ["an Ed25519 key of 31 octets", p25519("11".repeat(31)), "an Ed25519 key has 32 octets"],
    ["an Ed25519 point of small order", p25519("01".padEnd(64, "0")), "an Ed25519 key that anyone can sign for"],
    ["the same with its sign bit", p25519("01".padEnd(62, "0") + "80"), "an Ed25519 key that anyone can sign for"],
    ["a record over 8192 octets", `p=${p}; n=${"x".repeat(8192)}`, "key record over 8192 octets"],
    ["a control character", `p=${p}; n=\x01`, "control character in a tag-list"],
  ])("%s", (_title, text, expected) => {
    expect(problem(text)).toEqual(expected);
  });

  test("DKIM-K-19 exponent 3 is accepted", () => {
    expect(problem(rsaWith(modulus, Buffer.of(3)))).toBe("none");
  });
});

describe("the TXT records at a key name", () => {
  const reason = (...texts: string[]): string => {
    const lookup = readKeyRecords(texts);
    return lookup.ok ? "none" : lookup.failure.reason;
  };
  test.each([
    ["none", "the key alone", [rsaRecord]],
    ["none", "DKIM-K-06 a key beside texts that are none", ["v=spf1 -all", rsaRecord, "google-site-verification=abc"]],
    ["key-not-found", "DKIM-K-06 texts alone", ["v=spf1 include:_spf.example.net -all", "x"]],
    ["key-not-found", "nothing", []],
    ["key-malformed", "a key that does not parse", ["v=DKIM1; p=%"]],
    ["key-malformed", "DKIM-K-04 v= not first", [`k=rsa; v=DKIM1; p=${p}`]],
    ["several-key-records", "DKIM-K-05 two keys", [rsaRecord, ed25519Record]],
    ["several-key-records", "DKIM-K-05 a key and what was meant as one", [rsaRecord, '"v=DKIM1; p=x"']],
  ])("%s: %s", (expected, _title, texts) => {
    expect(reason(...texts)).toBe(expected);
  });
  test("what is meant as a key is told from what is not", () => {
    expect(
      ["v=DKIM1", "p=abc", '"v=DKIM1; p=x"', "k=rsa;p = x", "v=DKIM1\\; p=x"].filter(
        (text) => !looksLikeKeyRecord(text),
      ),
    ).toEqual([]);
    expect(
      ["v=spf1 exp=x.example -all", "v=DMARC1;sp=none", "v=DMARC1; p=none", "", "ip=1"].filter(looksLikeKeyRecord),
    ).toEqual([]);
  });
});

describe("key records are written", () => {
  test("KEY-01 v= first, then k= and p=", () => {
    expect(formatKeyRecord(rsaPublicKey)).toBe(rsaRecord);
  });
  test("KEY-06 Ed25519 as in RFC 8463 Appendix A", () => {
    expect(formatKeyRecord(ed25519PublicKey)).toBe(ed25519Record);
  });
  test("KEY-01 what is written is read back, and says nothing but the key unless asked", () => {
    for (const publicKey of [rsaPublicKey, ed25519PublicKey]) {
      expect(record(formatKeyRecord(publicKey))).toMatchObject({
        hashes: undefined,
        services: ["*"],
        flags: [],
        warnings: [],
      });
      const said = { hashes: ["sha256"], services: ["email", "tlsrpt"], flags: ["y", "s"] };
      const { key, ...rest } = record(formatKeyRecord(publicKey, said));
      expect(rest).toMatchObject(said);
      expect(key.state === "usable" && key.publicKey.object.equals(publicKey)).toBe(true);
    }
  });
  test("KEY-03 h=, s= and t= when asked for; absent, the key signs TLS reports too", () => {
    expect(formatKeyRecord(ed25519PublicKey, { hashes: ["sha256"], services: ["email"], flags: ["s"] })).toBe(
      "v=DKIM1; h=sha256; k=ed25519; s=email; t=s; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
    );
    expect(formatKeyRecord(ed25519PublicKey)).not.toMatch(/; [hst]=/);
    expect(formatKeyRecord(ed25519PublicKey, { services: ["tlsrpt"] })).toContain("; s=tlsrpt;");
  });
  test("KEY-15 a revoked key", () => {
    expect(formatKeyRecord("revoked")).toBe("v=DKIM1; p=");
  });
  test("another kind of key is refused", () => {
    expect(() => formatKeyRecord(generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey)).toThrow(TypeError);
  });
});

test("any text is an answer", () => {
  const mutated = fc.tuple(fc.nat(rsaRecord.length), fc.string({ maxLength: 3, unit: "binary" })).map(([at, text]) => {
    return rsaRecord.slice(0, at) + text + rsaRecord.slice(at + 1);
  });
  fc.assert(
    fc.property(
      fc.oneof(mutated, fc.string({ unit: "binary" })),
      (text) => typeof parseKeyRecord(text).ok === "boolean",
    ),
  );
});

/** A public key without a private half: an odd number of so many bits. */
function rsaOfBits(bits: number): KeyObject {
  const modulus = (1n << BigInt(bits - 1)) | 1n;
  const hex = modulus.toString(16);
  const n = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex").toString("base64url");
  return createPublicKey({ key: { kty: "RSA", n, e: "AQAB" }, format: "jwk" });
}

function element(tag: number, content: Buffer): Buffer {
  const length = content.length < 0x80 ? [content.length] : [0x82, content.length >> 8, content.length & 255];
  return Buffer.concat([Buffer.of(tag, ...length), content]);
}
