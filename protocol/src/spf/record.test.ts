import { expect, test } from "vitest";
import { isSpfRecord, parseSpfRecord, type SpfRecord } from "./record.ts";

const record = (text: string): SpfRecord => {
  const result = parseSpfRecord(text);
  if (!result.ok) throw new Error(result.problem);
  return result.value;
};

test.each([
  ["v=spf1 -all", true],
  ["v=spf1", true],
  ["V=SPF1 -all", true],
  ["v=spf10 -all", false],
  [" v=spf1 -all", false],
  ["v=spf1\t-all", false],
  ["spf2.0/pra -all", false],
  ["", false],
])("SPF-03 %j is an SPF record: %s", (text, is) => {
  expect(isSpfRecord(text)).toBe(is);
  expect(parseSpfRecord(text).ok).toBe(is);
});

test("every mechanism with its qualifier, names and prefix lengths", () => {
  const text =
    "v=spf1 a ?mx:mail.example.com/24//64 ~ptr +ip4:192.0.2.0/24 ip6:2001:DB8::/32 exists:%{i}.example.org -all";
  const domain = (name: string, ...macros: string[]) => ({ text: name, macros });
  expect(record(text).directives.map(({ qualifier, mechanism }) => ({ qualifier, ...mechanism }))).toEqual([
    { qualifier: "pass", kind: "a", domain: undefined, ip4Bits: 32, ip6Bits: 128 },
    { qualifier: "neutral", kind: "mx", domain: domain("mail.example.com"), ip4Bits: 24, ip6Bits: 64 },
    { qualifier: "softfail", kind: "ptr", domain: undefined },
    { qualifier: "pass", kind: "ip4", address: "192.0.2.0", bits: 24 },
    { qualifier: "pass", kind: "ip6", address: "2001:db8::", bits: 32 },
    { qualifier: "pass", kind: "exists", domain: domain("%{i}.example.org", "%{i}") },
    { qualifier: "fail", kind: "all" },
  ]);
});

test("modifiers stand anywhere, unknown ones are told and ignored", () => {
  expect(record("v=spf1 redirect=_spf.example.net Moo.1-a=%{d} exp=why.example.com. A:example.org")).toMatchObject({
    redirect: { text: "_spf.example.net" },
    explanation: { text: "why.example.com." },
    unknownModifiers: ["moo.1-a"],
    directives: [{ text: "A:example.org" }],
  });
});

test.each([
  "v=spf1  a   -all ",
  "v=spf1 a//64",
  "v=spf1 a/0",
  "v=spf1 mx:%{d2r.-}.example.com",
  "v=spf1 include:%{d}",
  "v=spf1 include:example.com%%.a-b",
  "v=spf1 x=",
])("%j is sound", (text) => {
  expect(parseSpfRecord(text)).toMatchObject({ ok: true });
});

test.each<[text: string, problem: RegExp]>([
  ["v=spf1 -alll", /no mechanism/],
  ["v=spf1 ipv4:192.0.2.1", /no mechanism/],
  ["v=spf1 a, -all", /no mechanism|colon/],
  ["v=spf1 -all.", /no mechanism/],
  ["v=spf1 -all:example.com", /no argument/],
  ["v=spf1 include -all", /needs a domain/],
  ["v=spf1 include: -all", /does not end/],
  ["v=spf1 include:localhost", /does not end/],
  ["v=spf1 include:192.0.2.1", /does not end/],
  ["v=spf1 include:example.com/24", /does not end/],
  ["v=spf1 include:example.-com", /does not end/],
  ["v=spf1 ip4:192.0.2.256", /not an IPv4 address/],
  ["v=spf1 ip4:192.0.2.1/33", /prefix length/],
  ["v=spf1 ip4:192.0.2.0/024", /prefix length/],
  ["v=spf1 ip4:example.com", /address/],
  ["v=spf1 ip6:192.0.2.1", /not an IPv6 address/],
  ["v=spf1 ip6:2001:db8::1/129", /prefix length/],
  ["v=spf1 a/33", /prefix length/],
  ["v=spf1 mx:example.com//129", /prefix length/],
  ["v=spf1 redirect=a.example redirect=b.example", /twice/],
  ["v=spf1 exp=a.example exp=b.example", /twice/],
  ["v=spf1 redirect=", /does not end/],
  ["v=spf1 exists:%{z}.example.com", /begins no macro/],
  ["v=spf1 exists:%{i0}.example.com", /begins no macro/],
  ["v=spf1 exists:%{c}.example.com", /begins no macro/],
  ["v=spf1 exists:%i.example.com", /begins no macro/],
  ["v=spf1 x=%", /begins no macro/],
  ["v=spf1 include:bücher.example", /printed/],
  ["v=spf1\ta", /v=spf1/],
  ["v=spf1 a\t-all", /colon/],
])("SPF-11 %j is a permerror", (text, problem) => {
  const result = parseSpfRecord(text);
  expect(result).toMatchObject({ ok: false, problem: expect.stringMatching(problem) as string });
});

test("the offset is that of the term", () => {
  expect(parseSpfRecord("v=spf1 a  wrong -all")).toMatchObject({ ok: false, offset: 10 });
});

test("a long record is read in linear time or not at all", () => {
  expect(parseSpfRecord(`v=spf1 include:${"a".repeat(8100)}!`).ok).toBe(false);
  expect(parseSpfRecord(`v=spf1 include:${"a.".repeat(4000)}`).ok).toBe(true);
  expect(parseSpfRecord(`v=spf1 ${"a ".repeat(5000)}`)).toMatchObject({ ok: false, problem: /over 8192/ });
});
