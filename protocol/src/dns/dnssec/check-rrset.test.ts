import { describe, expect, test } from "vitest";
import { checkRrset } from "./check-rrset.ts";
import { readDs, dsMatches, isSupportedDs } from "./ds.ts";
import { newWorkBudget } from "./state.ts";
import { recordsOf, signedSetOf } from "./test-records.ts";
import { TYPE } from "../record/record.ts";

/** Examples of the RFCs (those of RFC 8080 as its errata have them): keys, an RRset, its signature, a time within. */
const examples: [what: string, apex: string, now: number, text: string][] = [
  [
    "RFC 5702 §6.1 RSASHA256",
    "example.net",
    1_600_000_000,
    `example.net. DNSKEY 256 3 8 AwEAAcFcGsaxxdgiuuGmCkVImy4h99CqT7jwY3pexPGcnUFtR2Fh36BponcwtkZ4cAgtvd4Qs8PkxUdp6p/DlUmObdk=
     www.example.net. 3600 A 192.0.2.91
     www.example.net. 3600 RRSIG A 8 3 3600 20300101000000 20000101000000 9033 example.net. kRCOH6u7l0QGy9qpC9l1sLncJcOKFLJ7GhiUOibu4teYp5VE9RncriShZNz85mwlMgNEacFYK/lPtPiVYP4bwg==`,
  ],
  [
    "RFC 5702 §6.2 RSASHA512",
    "example.net",
    1_600_000_000,
    `example.net. DNSKEY 256 3 10 AwEAAdHoNTOW+et86KuJOWRDp1pndvwb6Y83nSVXXyLA3DLroROUkN6X0O6pnWnjJQujX/AyhqFDxj13tOnD9u/1kTg7cV6rklMrZDtJCQ5PCl/D7QNPsgVsMu1J2Q8gpMpztNFLpPBz1bWXjDtaR7ZQBlZ3PFY12ZTSncorffcGmhOL
     www.example.net. 3600 A 192.0.2.91
     www.example.net. 3600 RRSIG A 10 3 3600 20300101000000 20000101000000 3740 example.net. tsb4wnjRUDnB1BUi+t6TMTXThjVnG+eCkWqjvvjhzQL1d0YRoOe0CbxrVDYd0xDtsuJRaeUw1ep94PzEWzr0iGYgZBWm/zpq+9fOuagYJRfDqfReKBzMweOLDiNa8iP5g9vMhpuv6OPlvpXwm9Sa9ZXIbNl1MBGk0fthPgxdDLw=`,
  ],
  [
    "RFC 6605 §6.1 ECDSAP256SHA256",
    "example.net",
    1_283_000_000,
    `example.net. DNSKEY 257 3 13 GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQLc8NAA==
     www.example.net. 3600 A 192.0.2.1
     www.example.net. 3600 RRSIG A 13 3 3600 20100909100439 20100812100439 55648 example.net. qx6wLYqmh+l9oCKTN6qIc+bw6ya+KJ8oMz0YP107epXAyGmt+3SNruPFKG7tZoLBLlUzGGus7ZwmwWep666VCw==`,
  ],
  [
    "RFC 6605 §6.2 ECDSAP384SHA384",
    "example.net",
    1_283_000_000,
    `example.net. DNSKEY 257 3 14 xKYaNhWdGOfJ+nPrL8/arkwf2EY3MDJ+SErKivBVSum1w/egsXvSADtNJhyem5RCOpgQ6K8X1DRSEkrbYQ+OB+v8/uX45NBwY8rp65F6Glur8I/mlVNgF6W/qTI37m40
     www.example.net. 3600 A 192.0.2.1
     www.example.net. 3600 RRSIG A 14 3 3600 20100909102025 20100812102025 10771 example.net. /L5hDKIvGDyI1fcARX3z65qrmPsVz73QD1Mr5CEqOiLP95hxQouuroGCeZOvzFaxsT8Glr74hbavRKayJNuydCuzWTSSPdz7wnqXL5bdcJzusdnI0RSMROxxwGipWcJm`,
  ],
  [
    "RFC 8080 §6.1 ED25519",
    "example.com",
    1_439_000_000,
    `example.com. DNSKEY 257 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=
     example.com. 3600 MX 10 mail.example.com.
     example.com. 3600 RRSIG MX 15 2 3600 1440021600 1438207200 3613 example.com. oL9krJun7xfBOIWcGHi7mag5/hdZrKWw15jPGrHpjQeRAvTdszaPD+QLs3fx8A4M3e23mRZ9VrbpMngwcrqNAg==`,
  ],
  [
    "RFC 8080 §6.1 ED25519, the other key",
    "example.com",
    1_439_000_000,
    `example.com. DNSKEY 257 3 15 zPnZ/QwEe7S8C5SPz2OfS5RR40ATk2/rYnE9xHIEijs=
     example.com. 3600 MX 10 mail.example.com.
     example.com. 3600 RRSIG MX 15 2 3600 1440021600 1438207200 35217 example.com. zXQ0bkYgQTEFyfLyi9QoiY6D8ZdYo4wyUhVioYZXFdT410QPRITQSqJSnzQoSm5poJ7gD7AQR0O7KuI5k2pcBg==`,
  ],
  [
    "RFC 8080 §6.2 ED448",
    "example.com",
    1_439_000_000,
    `example.com. DNSKEY 257 3 16 3kgROaDjrh0H2iuixWBrc8g2EpBBLCdGzHmn+G2MpTPhpj/OiBVHHSfPodx1FYYUcJKm1MDpJtIA
     example.com. 3600 MX 10 mail.example.com.
     example.com. 3600 RRSIG MX 16 2 3600 1440021600 1438207200 9713 example.com. 3cPAHkmlnxcDHMyg7vFC34l0blBhuG1qpwLmjInI8w1CMB29FkEAIJUA0amxWndkmnBZ6SKiwZSAxGILn/NBtOXft0+Gj7FSvOKxE/07+4RQvE581N3Aj/JtIyaiYVdnYtyMWbSNyGEY2213WKsJlwEA`,
  ],
];
const [, apex13, now13, text13] = examples[2]!;

describe("RES-12 the signature of an RRset", () => {
  test.each(examples)("%s is valid, and is not for another record", (_, apex, now, text) => {
    const { records, rrsigs, keys } = signedSetOf(text);
    expect(checkRrset(records, rrsigs, { apex, keys }, now, newWorkBudget())).toMatchObject({ result: "signed" });
    const changed = records.map((record) => ({ ...record, data: record.data.with(1, record.data[1]! ^ 1) }));
    expect(checkRrset(changed, rrsigs, { apex, keys }, now, newWorkBudget())).toMatchObject({
      result: "bogus",
      reason: "signature-mismatch",
    });
  });

  const bogus: [
    what: string,
    change: (set: ReturnType<typeof signedSetOf>) => object,
    now: number,
    expected: object,
  ][] = [
    ["no signature", () => ({ rrsigs: [] }), now13, { reason: "signature-missing" }],
    ["an old one", () => ({}), 1_284_026_680, { reason: "signature-expired", expiredAt: 1_284_026_679 }],
    ["an early one", () => ({}), 1_281_607_478, { reason: "signature-not-yet-valid", validFrom: 1_281_607_479 }],
    ["no key of that tag", () => ({ keys: [] }), now13, { reason: "signing-key-missing", keyTag: 55_648 }],
    [
      "a key that is revoked",
      ({ keys }) => ({ keys: keys.map((key) => ({ ...key, isRevoked: true })) }),
      now13,
      { reason: "signing-key-missing" },
    ],
    [
      "a key that is none of a zone",
      ({ keys }) => ({ keys: keys.map((key) => ({ ...key, isZoneKey: false })) }),
      now13,
      { reason: "signing-key-missing" },
    ],
    [
      "another zone's signature",
      ({ rrsigs }) => ({ rrsigs: rrsigs.map((rrsig) => ({ ...rrsig, signer: "net" })) }),
      now13,
      { reason: "signature-missing" },
    ],
    [
      "a signature for more labels than the owner has",
      ({ rrsigs }) => ({ rrsigs: rrsigs.map((rrsig) => ({ ...rrsig, labels: 4 })) }),
      now13,
      { reason: "signature-missing" },
    ],
    [
      "an algorithm that is not checked (SHA-1, RFC 9905)",
      ({ rrsigs }) => ({ rrsigs: rrsigs.map((rrsig) => ({ ...rrsig, algorithm: 7 })) }),
      now13,
      { reason: "signature-missing" },
    ],
    [
      "a point that is not on the curve",
      ({ keys }) => ({ keys: keys.map((key) => ({ ...key, publicKey: key.publicKey.with(0, 1) })) }),
      now13,
      { reason: "signature-mismatch" },
    ],
  ];
  test.each(bogus)("%s is bogus", (_, change, now, expected) => {
    const set = signedSetOf(text13);
    const { records, rrsigs, keys } = { ...set, ...change(set) };
    const check = checkRrset(records, rrsigs, { apex: apex13, keys }, now, newWorkBudget());
    expect(check).toMatchObject({ result: "bogus", ...expected });
  });

  test("one valid signature among others is enough, and letters and the TTL count as they were signed", () => {
    const { records, rrsigs, keys } = signedSetOf(text13);
    const others = [
      { ...rrsigs[0]!, keyTag: 1 },
      { ...rrsigs[0]!, expiration: 5 },
    ];
    const lower = records.map((record) => ({ ...record, ttl: 17 }));
    const zone = { apex: apex13, keys };
    expect(checkRrset(lower, [...others, ...rrsigs], zone, now13, newWorkBudget()).result).toBe("signed");
  });

  test("R-51 keys of one tag and signatures beyond a few are not tried (KeyTrap)", () => {
    const { records, rrsigs, keys } = signedSetOf(text13);
    const wrong = { ...keys[0]!, publicKey: signedSetOf(examples[4]![3]).keys[0]!.publicKey };
    const many = { apex: apex13, keys: Array.from({ length: 500 }, () => wrong) };
    const budget = { signatureChecksLeft: 1000, hashRoundsLeft: 0 };
    const spoilt = Array.from({ length: 500 }, () => rrsigs[0]!);
    expect(checkRrset(records, spoilt, many, now13, budget).result).toBe("bogus");
    expect(1000 - budget.signatureChecksLeft).toBe(16);
    budget.signatureChecksLeft = 3;
    expect(checkRrset(records, spoilt, many, now13, budget).result).toBe("too-much-work");
  });
});

describe("DS records", () => {
  const rows: [what: string, apex: string, dnskey: string, ds: string, matches: boolean, supported: boolean][] = [
    [
      "RFC 4509 §2.3, of a key with SHA-1",
      "dskey.example.com",
      "256 3 5 AQOeiiR0GOMYkDshWoSKz9XzfwJr1AYtsmx3TGkJaNXVbfi/2pHm822aJ5iI9BMzNXxeYCmZDRD99WYwYqUSdjMmmAphXdvxegXd/M5+X7OrzKBaMbCVdFLUUh6DhweJBjEVv5f2wwjM9XzcnOf+EPbtG9DMBmADjFDc2w/rljwvFw==",
      "60485 5 2 D4B7D520E7BB5F0F67674A0CCEB1E3E0614B93C4F9E99B8383F6A1E4469DA50A",
      true,
      false,
    ],
    [
      "RFC 4034 §5.4, digest type 1",
      "dskey.example.com",
      "256 3 5 AQOeiiR0GOMYkDshWoSKz9XzfwJr1AYtsmx3TGkJaNXVbfi/2pHm822aJ5iI9BMzNXxeYCmZDRD99WYwYqUSdjMmmAphXdvxegXd/M5+X7OrzKBaMbCVdFLUUh6DhweJBjEVv5f2wwjM9XzcnOf+EPbtG9DMBmADjFDc2w/rljwvFw==",
      "60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118",
      false,
      false,
    ],
    [
      "RFC 6605 §6.1",
      "example.net",
      "257 3 13 GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQLc8NAA==",
      "55648 13 2 B4C8C1FE2E7477127B27115656AD6256F424625BF5C1E2770CE6D6E37DF61D17",
      true,
      true,
    ],
    [
      "RFC 6605 §6.2, digest type 4",
      "example.net",
      "257 3 14 xKYaNhWdGOfJ+nPrL8/arkwf2EY3MDJ+SErKivBVSum1w/egsXvSADtNJhyem5RCOpgQ6K8X1DRSEkrbYQ+OB+v8/uX45NBwY8rp65F6Glur8I/mlVNgF6W/qTI37m40",
      "10771 14 4 72D7B62976CE06438E9C0BF319013CF801F09ECC84B8D7E9495F27E305C6A9B0563A9B5F4D288405C3008A946DF983D6",
      true,
      true,
    ],
    [
      "RFC 8080 §6.1",
      "example.com",
      "257 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=",
      "3613 15 2 3aa5ab37efce57f737fc1627013fee07bdf241bd10f3b1964ab55c78e79a304b",
      true,
      true,
    ],
    [
      "the same for another zone",
      "example.org",
      "257 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=",
      "3613 15 2 3aa5ab37efce57f737fc1627013fee07bdf241bd10f3b1964ab55c78e79a304b",
      false,
      true,
    ],
  ];
  test.each(rows)("AUD-D-06 %s", (_, apex, dnskey, dsText, matches, supported) => {
    const { keys } = signedSetOf(`${apex}. DNSKEY ${dnskey}`);
    const record = recordsOf(`${apex}. DS ${dsText}`, ".").find(({ type }) => type === TYPE.DS)!;
    const ds = readDs(record.data);
    if (!ds.ok) throw new Error(ds.problem);
    expect([dsMatches(ds.value, apex, keys[0]!), isSupportedDs(ds.value)]).toEqual([matches, supported]);
  });
});
