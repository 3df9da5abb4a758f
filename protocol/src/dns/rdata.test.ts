import { describe, expect, test } from "vitest";
import { rdataFromText, rdataText } from "./rdata.ts";
import { TYPE } from "./record.ts";

/** Type, text as given, text as written back where it differs. */
const rows: [keyof typeof TYPE, string, string?][] = [
  ["A", "192.0.2.1"],
  ["AAAA", "2001:DB8:0:0::1", "2001:db8::1"],
  ["NS", "ns1", "ns1.example.com."],
  ["CNAME", "@", "example.com."],
  ["PTR", String.raw`a\.b.example.net.`],
  [
    "SOA",
    "ns1 hostmaster 4294967295 1d 2h 4w 5m",
    "ns1.example.com. hostmaster.example.com. 4294967295 86400 7200 2419200 300",
  ],
  ["MX", "10 mail", "10 mail.example.com."],
  ["TXT", `v=DKIM1 "k=rsa; p=" ( x )`, `"v=DKIM1" "k=rsa; p=" "x"`],
  ["SRV", "1 2 53 ns.example.net."],
  ["CAA", `0 issue "letsencrypt.example; x=1"`],
  ["CAA", "0 issue ca.example", `0 issue "ca.example"`],
  ["DS", "60485 5 1 2BB183AF5F22588179A53B0A 98631FAD1A292118", "60485 5 1 2bb183af5f22588179a53b0a98631fad1a292118"],
  ["TLSA", "3 1 1 00ff"],
  ["SSHFP", "4 2 00ff"],
  ["CDS", "0 0 0 00"],
  ["DNSKEY", "257 3 13 AQID BA==", "257 3 13 AQIDBA=="],
  ["HINFO", "RFC8482 x", `"RFC8482" "x"`],
  ["NAPTR", String.raw`\# 4 00010203`],
];

describe("the text form of RDATA", () => {
  test.each(rows)("%s %s is read and written", (type, text, written) => {
    const data = rdataFromText(TYPE[type], text, "example.com");
    expect(data.ok ? rdataText(TYPE[type], data.value) : data.problem).toBe(written ?? text);
  });

  test.each([
    ["A", "192.0.2"],
    ["A", "192.0.2.01"],
    ["AAAA", "::1::"],
    ["MX", "65536 a."],
    ["SOA", "a. b. 4294967296 1 1 1 1"],
    ["CAA", "256 issue x"],
    ["CAA", "0 is-sue x"],
    ["DS", "1 1 1 0"],
    ["DS", "1 1 1"],
    ["DNSKEY", "257 3 13 AQI"],
    ["TXT", ""],
    ["TXT", "a\nb"],
    ["TXT", '"a'],
    ["NS", "a..b"],
    ["NAPTR", "1 2 a b c ."],
  ] as const)("%s %j is refused", (type, text) => {
    expect(rdataFromText(TYPE[type], text, "example.com").ok).toBe(false);
  });

  test("falls back to octets for RDATA that its type cannot have", () => {
    expect(rdataText(TYPE.A, Uint8Array.of(1, 2, 3))).toBe(String.raw`\# 3 010203`);
    expect(rdataText(TYPE.NS, Uint8Array.of(0xc0, 12))).toBe(String.raw`\# 2 c00c`);
    expect(rdataText(TYPE.MX, Uint8Array.of(0, 1, 0, 9))).toBe(String.raw`\# 4 00010009`);
  });
});
