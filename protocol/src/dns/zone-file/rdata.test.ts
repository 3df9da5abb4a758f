import { describe, expect, test } from "vitest";
import { rdataFromText, rdataText } from "./rdata.ts";
import { TYPE } from "../record/record.ts";

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
  [
    "RRSIG",
    "A 5 3 86400 20030322173103 20030220173103 2642 example.com. oJB1",
    "A 5 3 86400 20030322173103 20030220173103 2642 example.com. oJB1",
  ],
  ["RRSIG", "TYPE65280 8 0 0 0 4294967295 1 . AAAA", "TYPE65280 8 0 0 19700101000000 21060207062815 1 . AAAA"],
  ["RRSIG", "TXT 8 0 0 20240229235959 20000301000000 1 . AAAA"],
  ["NSEC", "host A MX RRSIG NSEC TYPE1234", "host.example.com. A MX RRSIG NSEC TYPE1234"],
  ["NSEC", "host.example.com."],
  ["NSEC3", "1 1 12 aabbccdd 2t7b4g4vsa5smi47k61mv5bv1a22bojr NS SOA MX"],
  ["NSEC3", "1 0 0 - 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR", "1 0 0 - 2t7b4g4vsa5smi47k61mv5bv1a22bojr"],
  ["NSEC3PARAM", "1 0 0 -"],
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
    ["RRSIG", "NOTYPE 5 3 86400 20030322173103 20030220173103 2642 example.com. oJB1"],
    ["RRSIG", "A 5 3 86400 20031322173103 20030220173103 2642 example.com. oJB1"],
    ["RRSIG", "A 5 3 86400 4294967296 20030220173103 2642 example.com. oJB1"],
    ["NSEC", "host A NOTYPE"],
    ["NSEC3", "1 1 12 aabbccd 2t7b4g4vsa5smi47k61mv5bv1a22bojr"],
    ["NSEC3", "1 1 12 - 2t7b4g4vsa5smi47k61mv5bv1a22bojw"],
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
