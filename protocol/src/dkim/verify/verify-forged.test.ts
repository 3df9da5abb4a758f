import { createHash, generateKeyPairSync, type KeyObject } from "node:crypto";
import { describe, expect, test } from "vitest";
import { only, outcome, signed } from "../../../vectors/dkim/checking.ts";
import { resolver } from "../../../vectors/dkim/example.ts";
import { formatKeyRecord, parseKeyRecord } from "../key/key-record.ts";

/** DigestInfo of a SHA-256 digest up to the digest (RFC 8017 §9.2, note 1). */
const digestInfo = Buffer.from("3031300d060960864801650304020105000420", "hex");
const modulusOctets = 256;

describe("DKIM-V-55 signatures that nobody with the key made, under exponent 3", () => {
  const { publicKey } = generateKeyPairSync("rsa", { modulusLength: modulusOctets * 8, publicExponent: 3 });
  const resolveTxt = resolver({ "r._domainkey.example.com": formatKeyRecord(publicKey) });

  /** What verifiers that look at the beginning alone take for right: `block`, with anything behind it. */
  const forged = (block: (digest: Buffer) => Buffer): ((octets: Uint8Array) => Uint8Array) => {
    return (octets) => {
      const digest = createHash("sha256").update(octets).digest();
      const start = block(digest);
      const signature = cubeRootAtLeast(Buffer.concat([start, Buffer.alloc(modulusOctets - start.length)]));
      // Without the key, and yet the cube begins as a right one does.
      expect(cube(signature, publicKey).subarray(0, start.length).equals(start)).toBe(true);
      return signature;
    };
  };
  const cases: [title: string, block: (digest: Buffer) => Buffer][] = [
    ["Bleichenbacher: garbage behind the digest", (digest) => padded(8, digestInfo, digest)],
    ["no padding octet at all", (digest) => padded(0, digestInfo, digest)],
    [
      "a DigestInfo without parameters",
      (digest) => padded(8, Buffer.from("302f300b06096086480165030402010420", "hex"), digest),
    ],
    ["the digest without a DigestInfo", (digest) => padded(8, Buffer.alloc(0), digest)],
  ];
  test.each(cases)("%s", async (_title, block) => {
    const text = signed({ a: "rsa-sha256", s: "r" }, { signWith: forged(block) });
    expect(await only(text, { resolveTxt })).toMatchObject({ reason: "signature-mismatch", keyBits: 2048 });
  });
  test.each([
    ["0", Buffer.alloc(modulusOctets)],
    ["1", Buffer.concat([Buffer.alloc(modulusOctets - 1), Buffer.of(1)])],
    ["the modulus", modulusOf(publicKey)],
    ["one octet short", Buffer.alloc(modulusOctets - 1, 1)],
    ["one octet long", Buffer.concat([Buffer.of(0), Buffer.alloc(modulusOctets, 1)])],
    ["one octet alone", Buffer.of(1)],
  ])("the number %s as a signature", async (_title, signature) => {
    const text = signed({ a: "rsa-sha256", s: "r" }, { signWith: () => signature });
    expect(await outcome(text, { resolveTxt })).toBe("fail signature-mismatch");
  });
});

describe("Ed25519 keys and signatures of small order", () => {
  // The eight points of order 1, 2, 4 and 8, and the other spellings of their coordinates (RFC 8032 §5.1.3 refuses those).
  const points = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
  ].map((hex) => Buffer.from(hex, "hex"));
  test.each(points)("%o is no key", async (point) => {
    const record = `v=DKIM1; k=ed25519; p=${point.toString("base64")}`;
    expect(parseKeyRecord(record)).toMatchObject({ ok: false, problem: expect.stringMatching("anyone can sign for") });
    // R of small order and S of zero: what such a key verifies for every message, or for one in eight.
    const text = signed({}, { signWith: () => Buffer.concat([point, Buffer.alloc(32)]) });
    const resolveTxt = resolver({ "e._domainkey.example.com": record });
    expect(await outcome(text, { resolveTxt })).toBe("permerror key-malformed");
    expect(await outcome(text)).toBe("fail signature-mismatch");
  });
});

const padded = (octets: number, ...rest: Buffer[]): Buffer =>
  Buffer.concat([Buffer.of(0, 1), Buffer.alloc(octets, 0xff), Buffer.of(0), ...rest]);

const numberOf = (octets: Uint8Array): bigint => BigInt(`0x${Buffer.from(octets).toString("hex")}`);
const octetsOf = (number: bigint): Buffer => Buffer.from(number.toString(16).padStart(modulusOctets * 2, "0"), "hex");

/** The smallest number whose cube is not below this one. */
function cubeRootAtLeast(octets: Uint8Array): Buffer {
  const wanted = numberOf(octets);
  let root = 0n;
  for (let bit = 1n << 700n; bit > 0n; bit >>= 1n) if ((root + bit) ** 3n < wanted) root += bit;
  return octetsOf(root + 1n);
}

function modulusOf(key: KeyObject): Buffer {
  return Buffer.from(key.export({ format: "jwk" }).n!, "base64url");
}

const cube = (octets: Uint8Array, key: KeyObject): Buffer =>
  octetsOf(numberOf(octets) ** 3n % numberOf(modulusOf(key)));
