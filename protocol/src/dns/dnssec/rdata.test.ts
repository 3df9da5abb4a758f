import { describe, expect, test } from "vitest";
import { checkRrset } from "./check-rrset.ts";
import { canonicalOrderKey } from "./canonical.ts";
import { epochSeconds, readRrsig, validityOf, type Rrsig } from "./rrsig.ts";
import { readDnskey } from "./dnskey.ts";
import { readDs } from "./ds.ts";
import { readNsec } from "./nsec.ts";
import { readNsec3 } from "./nsec3.ts";
import { newWorkBudget } from "./state.ts";
import { recordsOf } from "./test-records.ts";
import { readTypeBitmap, typeBitmap } from "../record/type-bitmap.ts";
import { TYPE } from "../record/record.ts";

describe("DNSSEC records", () => {
  test("DNS-E-03 names in canonical order (RFC 4034 §6.1)", () => {
    const ordered = [
      "example",
      "a.example",
      "yljkjljk.a.example",
      "Z.a.example",
      "zABC.a.EXAMPLE",
      "z.example",
      String.raw`\001.z.example`,
      "*.z.example",
      String.raw`\200.z.example`,
    ];
    const shuffled = ordered.toReversed();
    expect(shuffled.sort((a, b) => (canonicalOrderKey(a) < canonicalOrderKey(b) ? -1 : 1))).toEqual(ordered);
  });

  test("a type bitmap (RFC 4034 §4.3)", () => {
    const types = [TYPE.A, TYPE.MX, TYPE.RRSIG, TYPE.NSEC, 1234];
    const octets = typeBitmap(types);
    expect(Buffer.from(octets).toString("hex")).toBe(`0006400100000003041b${"00".repeat(26)}20`);
    expect(readTypeBitmap(octets, 0)).toEqual({ ok: true, value: types });
  });

  test.each(["00", "0000", "002100", "000240", "000140000140", "010140000140"])("a bitmap of %s is unsound", (hex) => {
    expect(readTypeBitmap(Buffer.from(hex, "hex"), 0).ok).toBe(false);
  });

  const times: [inception: number, expiration: number, now: number, expected: string][] = [
    [100, 200, 100, "valid"],
    [100, 200, 200, "valid"],
    [100, 200, 201, "expired"],
    [100, 200, 99, "not-yet-valid"],
    [0xffff_ff00, 100, 2 ** 32 + 50, "valid"],
    [0xffff_ff00, 100, 2 ** 32 - 300, "not-yet-valid"],
    [0xffff_ff00, 100, 2 ** 32 + 101, "expired"],
  ];
  test.each(times)("a signature from %d to %d at %d is %s", (inception, expiration, now, expected) => {
    expect(validityOf({ inception, expiration } as Rrsig, now)).toBe(expected);
  });

  test("a time on the wire is the one nearest to now", () => {
    expect(epochSeconds(100, 2 ** 32 + 50)).toBe(2 ** 32 + 100);
    expect(epochSeconds(0xffff_ffff, 2 ** 32 + 50)).toBe(2 ** 32 - 1);
  });

  test("octets of strangers are read or refused, never thrown at", () => {
    const [record] = recordsOf(
      "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom NSEC3 1 1 12 aabbccdd 2t7b4g4vsa5smi47k61mv5bv1a22bojr MX",
    );
    const sound = recordsOf("a RRSIG A 8 1 60 5 4 3 example. AAAA\na NSEC b A\na DS 1 13 2 00").map(({ data }) => data);
    for (const data of [...sound, record!.data]) {
      for (let cut = 0; cut <= data.length; cut++) {
        const part = data.subarray(0, cut);
        for (const read of [readRrsig, readDs, readDnskey]) expect(typeof read(part).ok).toBe("boolean");
        expect(typeof readNsec({ ...record!, data: part }).ok).toBe("boolean");
        expect(typeof readNsec3({ ...record!, data: part }, "example").ok).toBe("boolean");
      }
    }
    expect(checkRrset([], [], { apex: ".", keys: [] }, 0, newWorkBudget()).result).toBe("bogus");
  });
});
