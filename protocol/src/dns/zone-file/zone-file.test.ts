import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { rdataText } from "./rdata.ts";
import { TYPE, txtData, typeName, type ResourceRecord } from "../record/record.ts";
import { formatZoneFile, parseZoneFile } from "./zone-file.ts";

const soa = "ns1.example.com. hostmaster.example.com. 1 7200 3600 1209600 300";

/** One line a record: owner, TTL, type, RDATA. */
const show = (records: readonly ResourceRecord[]): string[] =>
  records.map(({ name, ttl, type, data }) => `${name} ${ttl} ${typeName(type)} ${rdataText(type, data)}`);

const read = (text: string, defaultTtl?: number): string[] => {
  const file = parseZoneFile(text, { origin: "example.com", ...(defaultTtl === undefined ? {} : { defaultTtl }) });
  expect(file).toMatchObject({ ok: true });
  return file.ok ? show(file.value) : [];
};

const accepted: [string, string, string[]][] = [
  ["the origin as @", "@ 60 IN A 192.0.2.1", ["example.com 60 A 192.0.2.1"]],
  ["a relative owner", "www 60 IN A 192.0.2.1", ["www.example.com 60 A 192.0.2.1"]],
  ["an absolute owner in any case", "WWW.Example.ORG. 60 IN A 192.0.2.1", ["www.example.org 60 A 192.0.2.1"]],
  ["$ORIGIN, absolute and relative", "$ORIGIN net.\n$ORIGIN sub\n@ 60 A 192.0.2.1", ["sub.net 60 A 192.0.2.1"]],
  [
    "a blank owner, which repeats the last",
    "a 60 A 192.0.2.1\n\tAAAA ::1",
    ["a.example.com 60 A 192.0.2.1", "a.example.com 60 AAAA ::1"],
  ],
  [
    "$TTL with units",
    "$TTL 1h30m\na A 192.0.2.1\n$TTL 1W2D\nb A 192.0.2.1",
    ["a.example.com 5400 A 192.0.2.1", "b.example.com 777600 A 192.0.2.1"],
  ],
  ["TTL before class", "a 1h IN A 192.0.2.1", ["a.example.com 3600 A 192.0.2.1"]],
  ["class before TTL", "a IN 1h A 192.0.2.1", ["a.example.com 3600 A 192.0.2.1"]],
  [
    "class without TTL, TTL of the record before",
    "a 60 IN A 192.0.2.1\nb IN A 192.0.2.2",
    ["a.example.com 60 A 192.0.2.1", "b.example.com 60 A 192.0.2.2"],
  ],
  ["CLASS1 for IN (RFC 3597)", "a 60 CLASS1 TYPE1 192.0.2.1", ["a.example.com 60 A 192.0.2.1"]],
  ["a SOA without TTL, which takes its minimum", `@ SOA ${soa}`, [`example.com 300 SOA ${soa}`]],
  [
    "a TTL with the top bit set, which counts as 0 (DNS-A-17)",
    "a 2147483648 A 192.0.2.1",
    ["a.example.com 0 A 192.0.2.1"],
  ],
  [
    "parentheses over lines with comments",
    `@ 60 SOA ns1.example.com. hostmaster.example.com. ( 1 ; serial )\n 2h 1h\n2w 5m )`,
    [`example.com 60 SOA ${soa}`],
  ],
  [
    "parentheses at the start of the RDATA and none between words",
    `a 60 TXT("x"\n"y")`,
    ['a.example.com 60 TXT "x" "y"'],
  ],
  [
    "a quoted string with blanks, semicolon and parentheses",
    'a 60 TXT "v=DKIM1; p=(x)"',
    ['a.example.com 60 TXT "v=DKIM1; p=(x)"'],
  ],
  ["escapes in strings", String.raw`a 60 TXT "\"\\\009" x\;y`, [String.raw`a.example.com 60 TXT "\"\\\009" "x;y"`]],
  ["an empty string", 'a 60 TXT ""', ['a.example.com 60 TXT ""']],
  ["text beyond ASCII as UTF-8", 'a 60 TXT "é"', [String.raw`a.example.com 60 TXT "\195\169"`]],
  [
    "DNS-A-14 any octet in a label",
    String.raw`\000a\.b\200 60 A 192.0.2.1`,
    [String.raw`\000a\.b\200.example.com 60 A 192.0.2.1`],
  ],
  ["a wildcard and an underscore", "*._x 60 A 192.0.2.1", ["*._x.example.com 60 A 192.0.2.1"]],
  [
    "an owner that looks like a type, a class or a TTL",
    "IN 60 IN A 192.0.2.1\n60 60 A 192.0.2.1",
    ["in.example.com 60 A 192.0.2.1", "60.example.com 60 A 192.0.2.1"],
  ],
  [
    "names in RDATA with their case",
    "a 60 CNAME Target.Example.ORG.\nb 60 MX 10 @",
    ["a.example.com 60 CNAME Target.Example.ORG.", "b.example.com 60 MX 10 example.com."],
  ],
  [
    "CRLF, blank lines, a byte order mark and no final line feed",
    "\ufeff\r\n \r\n; x\r\na 60 A 192.0.2.1\r\n\r\nb 60 A 192.0.2.2",
    ["a.example.com 60 A 192.0.2.1", "b.example.com 60 A 192.0.2.2"],
  ],
  [
    "DNS-A-10 an unknown type",
    String.raw`a 60 TYPE65280 \# 3 01 0203`,
    [String.raw`a.example.com 60 TYPE65280 \# 3 010203`],
  ],
  ["a known type in the unknown form", String.raw`a 60 A \# 4 c0000201`, ["a.example.com 60 A 192.0.2.1"]],
  [
    "no octets at all in an unknown type",
    String.raw`a 60 TYPE65280 \# 0`,
    [String.raw`a.example.com 60 TYPE65280 \# 0`],
  ],
  ["nothing", "", []],
];

const refused: [string, string, RegExp][] = [
  ["$INCLUDE", "\n$INCLUDE /etc/passwd", /^line 2: .*INCLUDE is not allowed/],
  ["$GENERATE", "$GENERATE 1-9 a$ A 192.0.2.$", /^line 1: .*GENERATE is not allowed/],
  ["an unknown directive", "$UNIT x", /unknown directive/],
  ["a parenthesis that is never closed", "a 60 A 192.0.2.1\n@ 60 SOA ( x\n", /parenthesis not closed/],
  ["a closing parenthesis too many", "a 60 A 192.0.2.1 )", /^line 1: closing parenthesis/],
  ["a quote that is never closed", 'a 60 TXT "x\n', /^line 1: quoted string not closed/],
  ["a backslash at the end of a line", "a 60 TXT x\\\n", /backslash at the end/],
  ["an escape out of range", String.raw`a 60 TXT \256`, /bad escape/],
  ["a string over 255 octets", `a 60 TXT "${"x".repeat(256)}"`, /longer than 255/],
  ["DNS-A-13 a label over 63 octets", `${"x".repeat(64)} 60 A 192.0.2.1`, /label longer than 63/],
  ["DNS-A-13 a name over 255 octets", `${"x.".repeat(128)} 60 A 192.0.2.1`, /longer than 255/],
  ["an empty label", "a..b 60 A 192.0.2.1", /empty label/],
  ["a class other than IN", "a 60 CH TXT x", /only IN/],
  ["an unknown type by name", "a 60 NOSUCH x", /unknown type NOSUCH/],
  ["a type that is no data", "a 60 ANY x", /cannot stand in a zone/],
  ["no type", "a 60 IN", /without a type/],
  ["no owner", " 60 A 192.0.2.1", /without an owner/],
  ["no TTL anywhere", "a A 192.0.2.1", /no TTL/],
  ["a bad address on the right line", "a 60 A 192.0.2.1\n\nb 60 A (\n192.0.2.256 )", /^line 4: not an address/],
  ["too much RDATA", "a 60 A 192.0.2.1 x", /unexpected word/],
  ["too little RDATA", "a 60 MX 10", /too early/],
  ["hex of the wrong length", String.raw`a 60 TYPE65280 \# 2 01`, /announces 2/],
  ["unsound RDATA in the unknown form", String.raw`a 60 A \# 3 010203`, /four octets/],
  ["a $TTL that is too large", "$TTL 2147483648", /TTL takes one time/],
];

describe("a master file", () => {
  test.each(accepted)("may hold %s", (_, text, expected) => expect(read(text)).toEqual(expected));

  test.each(refused)("is refused for %s", (_, text, problem) => {
    const file = parseZoneFile(text, { origin: "example.com" });
    expect(file.ok).toBe(false);
    expect(file.ok ? "" : file.problem).toMatch(problem);
  });

  test("takes the caller's TTL where it has none", () => {
    expect(read("a A 192.0.2.1", 77)).toEqual(["a.example.com 77 A 192.0.2.1"]);
  });

  test("of the root has absolute names", () => {
    const file = parseZoneFile("com 60 NS a.example\n@ 60 NS b.example.", { origin: "." });
    expect(file.ok && show(file.value)).toEqual(["com 60 NS a.example.", ". 60 NS b.example."]);
  });

  test("of any text gives records or a problem, in time", () => {
    const words = fc.constantFrom(
      "@",
      "a",
      "60",
      "IN",
      "A",
      "TXT",
      "SOA",
      '"',
      "(",
      ")",
      "\n",
      " ",
      "\\",
      "\\#",
      ";",
      "$TTL",
      "1h",
      "..",
      "é",
      "\0",
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(words, fc.string({ unit: "binary" })), { maxLength: 60 }), (parts) => {
        for (const text of [parts.join(""), parts.join(" ")]) {
          expect(typeof parseZoneFile(text, { origin: "example.com" }).ok).toBe("boolean");
        }
      }),
      { numRuns: 500 },
    );
  });
});

const label = fc
  .uint8Array({ minLength: 1, maxLength: 12 })
  .map((octets) => [...octets].map((octet) => `\\${String(octet).padStart(3, "0")}`).join(""));
const ownerLine = fc
  .tuple(fc.array(label, { maxLength: 4 }), fc.boolean())
  .map(([labels, inside]) => [...labels, inside ? "example.com" : "example.org"].join("."));
const sample = (type: number, text: string): fc.Arbitrary<{ type: number; text: string }> =>
  fc.constant({ type, text });
const known = fc.oneof(
  sample(TYPE.A, "192.0.2.1"),
  sample(TYPE.AAAA, "2001:db8::1"),
  sample(TYPE.NS, String.raw`a\.b.Example.NET.`),
  sample(TYPE.MX, "10 ."),
  sample(TYPE.SRV, "1 2 53 ns.example.net."),
  sample(TYPE.CAA, String.raw`128 issue "ca.example; \"x\""`),
  sample(TYPE.DS, "60485 13 2 d4b7d520e7bb5f0f67674a0cceb1e3e0614b93c4f9e99b8383f6a1e4469da50a"),
  sample(TYPE.TLSA, "3 1 1 d2abde240d7cd3ee6b4b28c54df034b97983a1d16e8a410e4561cb106618e971"),
  sample(TYPE.SOA, soa),
  sample(TYPE.DNSKEY, "257 3 13 AQIDBA=="),
);

describe("writing a master file and reading it again", () => {
  test("gives the same records", () => {
    const record = fc.tuple(ownerLine, fc.nat(0x7fffffff), fc.oneof(fc.uint8Array({ maxLength: 700 }), known));
    fc.assert(
      fc.property(fc.array(record, { maxLength: 20 }), (rows) => {
        const records = rows.flatMap(([owner, ttl, value]): ResourceRecord[] => {
          const line =
            value instanceof Uint8Array
              ? `${owner}. ${ttl} TXT ${rdataText(TYPE.TXT, txtData(value))}`
              : `${owner}. ${ttl} ${typeName(value.type)} ${value.text}`;
          const file = parseZoneFile(line, { origin: "." });
          return file.ok ? file.value : expect.fail(file.problem);
        });
        const text = formatZoneFile("example.com", records);
        const again = parseZoneFile(text, { origin: "example.com" });
        const order = (all: readonly ResourceRecord[]): string[] => show(all).sort();
        expect(again.ok ? order(again.value) : again.problem).toEqual(order(records));
      }),
    );
  });

  test("keeps owners that a master file would read otherwise", () => {
    const codes = [[64], [36, 84, 84, 76], [59, 120], [40], [34], [32], [97, 32, 98], [92], [97, 46]];
    const names = codes.map((label) => label.map((code) => `\\${String(code).padStart(3, "0")}`).join(""));
    const text = names.map((name) => `${name} 60 A 192.0.2.1`).join("\n");
    const file = parseZoneFile(text, { origin: "example.com" });
    const written = formatZoneFile("example.com", file.ok ? file.value : []);
    expect(parseZoneFile(written, { origin: "." })).toEqual(file);
    expect(file.ok && file.value).toHaveLength(names.length);
  });
});
