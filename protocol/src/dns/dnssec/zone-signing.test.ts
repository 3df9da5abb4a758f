import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TYPE, type ResourceRecord } from "../record/record.ts";
import { checkRrset } from "./check-rrset.ts";
import { readDnskey } from "./dnskey.ts";
import { readRrsig, type Rrsig } from "./rrsig.ts";
import { newWorkBudget } from "./state.ts";
import { recordsOf, signedSetOf } from "./test-records.ts";
import { dnskeyData, signatureSpan, signatureTimes, signRrset, signsType, zoneSigningKey } from "./zone-signing.ts";

type Set = [ResourceRecord, ...ResourceRecord[]];
const only = (records: ResourceRecord[]): Set => records as Set;
const rrsigOf = (record: ResourceRecord): Rrsig => {
  const rrsig = readRrsig(record.data);
  return rrsig.ok ? rrsig.value : expect.fail(rrsig.problem);
};

/** The private keys of the examples of RFC 8080 §6.1 and RFC 6605 §6.1. */
const fromSeed = (seed: string): KeyObject =>
  createPrivateKey({
    key: Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), Buffer.from(seed, "base64")]),
    format: "der",
    type: "pkcs8",
  });
const base64url = (text: string): string => Buffer.from(text, "base64").toString("base64url");
const example13 = createPrivateKey({
  format: "jwk",
  key: {
    kty: "EC",
    crv: "P-256",
    d: base64url("GU6SnQ/Ou+xC5RumuIUIuJZteXT2z0O/ok1s38Et6mQ="),
    x: base64url("GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6ec="),
    y: base64url("W5K0qkKReuHGG3Ae8DXD/nvjAJy6/lovcTFskC3PDQA="),
  },
});

describe("DNS-E-04 keys and signatures on the wire", () => {
  test.each([
    [
      "ODIyNjAzODQ2MjgwODAxMjI2NDUxOTAyMDQxNDIyNjI=",
      "l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=",
      "oL9krJun7xfBOIWcGHi7mag5/hdZrKWw15jPGrHpjQeRAvTdszaPD+QLs3fx8A4M3e23mRZ9VrbpMngwcrqNAg==",
    ],
    [
      "DSSF3o0s0f+ElWzj9E/Osxw8hLpk55chkmx0LYN5WiY=",
      "zPnZ/QwEe7S8C5SPz2OfS5RR40ATk2/rYnE9xHIEijs=",
      "zXQ0bkYgQTEFyfLyi9QoiY6D8ZdYo4wyUhVioYZXFdT410QPRITQSqJSnzQoSm5poJ7gD7AQR0O7KuI5k2pcBg==",
    ],
  ])("RFC 8080 §6.1: the signature of the example comes out, octet for octet", (seed, publicKey, signature) => {
    const privateKey = fromSeed(seed);
    const dnskey = dnskeyData(createPublicKey(privateKey), 257);
    expect(Buffer.from(dnskey)).toEqual(Buffer.concat([Uint8Array.of(1, 1, 3, 15), Buffer.from(publicKey, "base64")]));
    const key = zoneSigningKey(dnskey, privateKey, "both");
    const mx = only(recordsOf("example.com. 3600 MX 10 mail.example.com."));
    const made = signRrset(mx, "example.com", key, { inception: 1_438_207_200, expiration: 1_440_021_600 });
    expect(Buffer.from(rrsigOf(made).signature).toString("base64")).toBe(signature);
  });

  test("RFC 6605 §6.1: the DNSKEY of the example comes out, and signatures have 64 octets and hold", () => {
    const dnskey = dnskeyData(createPublicKey(example13), 257);
    const { keys } = signedSetOf(
      "example.net. DNSKEY 257 3 13 GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQLc8NAA==",
    );
    expect(Buffer.from(dnskey)).toEqual(Buffer.from(keys[0]?.data ?? []));
    const key = zoneSigningKey(dnskey, example13, "both");
    expect(key.keyTag).toBe(55_648);
    const records = only(recordsOf("www.example.net. 3600 A 192.0.2.1"));
    for (let round = 0; round < 200; round++) {
      // In DER every second signature is longer, since r or s begins with a set bit, and some are shorter.
      const rrsig = rrsigOf(signRrset(records, "example.net", key, { inception: 1, expiration: 3 }));
      expect(rrsig.signature).toHaveLength(64);
      expect(checkRrset(records, [rrsig], { apex: "example.net", keys }, 2, newWorkBudget()).result).toBe("signed");
    }
  });

  test.each([
    ["RSA", generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey],
    ["P-384", generateKeyPairSync("ec", { namedCurve: "P-384" }).publicKey],
    ["Ed448", generateKeyPairSync("ed448").publicKey],
  ])("DNS-E-01 a key of another kind is refused: %s", (_, publicKey) => {
    expect(() => dnskeyData(publicKey, 256)).toThrow("algorithm 13 or 15");
  });
});

test("a private key that is not that of the DNSKEY is a mistake of the caller, and signs nothing", () => {
  const [one, other, another] = [
    generateKeyPairSync("ed25519"),
    generateKeyPairSync("ed25519"),
    generateKeyPairSync("ec", { namedCurve: "P-256" }),
  ];
  const dnskey = dnskeyData(one.publicKey, 257);
  expect(() => zoneSigningKey(dnskey, other.privateKey, "both")).toThrow("not the private key of this DNSKEY");
  expect(() => zoneSigningKey(dnskey, another.privateKey, "both")).toThrow("not the private key of this DNSKEY");
  expect(zoneSigningKey(dnskey, one.privateKey, "both").algorithm).toBe(15);
});

const keysOfZone = (["P-256", "Ed25519"] as const).map((curve) => {
  const { publicKey, privateKey } =
    curve === "P-256" ? generateKeyPairSync("ec", { namedCurve: curve }) : generateKeyPairSync("ed25519");
  return zoneSigningKey(dnskeyData(publicKey, 257), privateKey, "both");
});
const published = keysOfZone.map(({ dnskey }) => {
  const key = readDnskey(dnskey);
  return key.ok ? key.value : expect.fail(key.problem);
});

describe("DNS-E-03 an RRset is signed in canonical form", () => {
  const sets: [what: string, labels: number, text: string, served?: string][] = [
    ["several records in any order", 2, 'a.example. TXT b\na.example. TXT a\na.example. TXT ""\na.example. TXT aa'],
    ["names in capital letters in the RDATA", 1, "example. MX 10 Mail.EXAMPLE.", "example. MX 10 mail.example."],
    ["a wildcard, which counts no label for the asterisk", 1, "*.example. A 192.0.2.1", "x.y.example. A 192.0.2.1"],
    ["the root, which has no labels", 0, ". NS a.root."],
    ["a label of escapes", 2, String.raw`a\.\000b.example. A 192.0.2.1`],
    ["an unknown type", 1, String.raw`example. TYPE65280 \# 3 414243`],
    [
      "an older type with a name in it",
      1,
      String.raw`example. AFSDB \# 7 0001 0141 015A 00`,
      String.raw`example. AFSDB \# 7 0001 0161 017a 00`,
    ],
    ["NSEC, whose next name keeps its letters", 1, String.raw`example. NSEC \000.example. A RRSIG NSEC`],
  ];
  test.each(sets)("%s", (_, labels, text, servedText = text) => {
    const apex = labels === 0 ? "." : "example";
    const records = only(recordsOf(text));
    const served = recordsOf(servedText);
    for (const key of keysOfZone) {
      const made = signRrset(records, apex, key, { inception: 1000, expiration: 5000 });
      expect(made).toMatchObject({ name: records[0].name, type: TYPE.RRSIG, ttl: 3600 });
      const rrsig = rrsigOf(made);
      expect(rrsig).toMatchObject({ labels, originalTtl: 3600, typeCovered: records[0].type, keyTag: key.keyTag });
      const check = (set: ResourceRecord[]): string =>
        checkRrset(set, [rrsig], { apex, keys: published }, 2000, newWorkBudget()).result;
      expect(check(served)).toBe("signed");
      // Resolvers count a TTL down; what was signed is the original one.
      expect(check(served.map((record) => ({ ...record, ttl: 7 })).reverse())).toBe("signed");
      expect(check([{ ...records[0], data: Uint8Array.of(0) }])).toBe("bogus");
    }
  });

  test("DNS-E-18 keys sign keys, and the wishes to the parent; the others sign the rest", () => {
    const [first] = keysOfZone;
    const types = [TYPE.DNSKEY, TYPE.CDS, TYPE.CDNSKEY, TYPE.SOA, TYPE.TXT, TYPE.NSEC, TYPE.DS];
    const signed = (signs: "keys" | "zone" | "both"): number[] =>
      types.filter((type) => first && signsType({ ...first, signs }, type));
    expect(signed("keys")).toEqual(types.slice(0, 3));
    expect(signed("zone")).toEqual(types.slice(3));
    expect(signed("both")).toEqual(types);
  });
});

describe("DNS-E-05 when signatures begin and end", () => {
  const day = 86_400;
  const lots = fc.nat(0xffff_ffff);
  const times = fc.integer({ min: 1_700_000_000, max: 4_000_000_000 });

  test("they began an hour ago or earlier and hold for more than twelve days yet", () => {
    fc.assert(
      fc.property(lots, times, (lot, now) => {
        const { inception, expiration, renewAt } = signatureSpan(signatureTimes, lot, now);
        expect(now - inception).toBeGreaterThanOrEqual(3600);
        expect(expiration - now).toBeGreaterThan(12 * day);
        expect(expiration - inception).toBeLessThanOrEqual(14 * day + 3600);
        expect(renewAt).toBeGreaterThan(now);
        expect(renewAt - now).toBeLessThanOrEqual(day);
      }),
    );
  });

  test("until it is made anew a signature is the same at any moment, so that it can be kept", () => {
    fc.assert(
      fc.property(lots, times, fc.double({ min: 0, max: 1, noNaN: true }), (lot, now, part) => {
        const span = signatureSpan(signatureTimes, lot, now);
        const later = now + Math.floor(part * (span.renewAt - now - 1));
        expect(signatureSpan(signatureTimes, lot, later)).toEqual(span);
        expect(signatureSpan(signatureTimes, lot, span.renewAt)).not.toEqual(span);
      }),
    );
  });

  test("not all of a zone are made anew, or end, at one moment", () => {
    const spans = Array.from({ length: 1000 }, (_, lot) => signatureSpan(signatureTimes, lot * 2_654_435_761, 1.8e9));
    expect(new Set(spans.map(({ renewAt }) => renewAt)).size).toBeGreaterThan(900);
    const left = spans.map(({ expiration, renewAt }) => expiration - renewAt);
    expect(Math.max(...left) - Math.min(...left)).toBeGreaterThan(11 * 3600);
  });

  test("a signature over the year 2106 has its times modulo 2³² (RFC 4034 §3.1.5)", () => {
    const now = 2 ** 32 + 100;
    const [key] = keysOfZone;
    const records = only(recordsOf("a.example. A 192.0.2.1"));
    if (!key) throw new Error("no key");
    const rrsig = rrsigOf(signRrset(records, "example", key, signatureSpan(signatureTimes, 0, now)));
    expect(rrsig.inception).toBeGreaterThan(rrsig.expiration);
    const zone = { apex: "example", keys: published };
    expect(checkRrset(records, [rrsig], zone, now, newWorkBudget()).result).toBe("signed");
  });
});
