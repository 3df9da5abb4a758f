import { generateKeyPairSync } from "node:crypto";
import { formatKeyRecord } from "chancery/dkim";
import { isAtOrBelow, parseZoneFile, readTxt } from "chancery/dns";
import { describe, expect, test } from "vitest";
import { timingPresets } from "../rotation/timing-policy.ts";
import { planChanges, type ZoneChange } from "./change.ts";
import type { RuleContext } from "./rule.ts";
import { rrsetsOf } from "./rrset.ts";
import { problemsAt } from "./rules.ts";
import { lookupOf, type ZoneLookup } from "./zone-lookup.ts";

const context: RuleContext = { editor: "tenant", wildcardKeys: "refused", policy: timingPresets.default };
const apex = "@ 300 SOA ns.example.net. h.example.net. 1 3600 600 1814400 300\n@ 3600 NS ns.example.net.\n";

function zoneOf(text: string): ZoneLookup & { names: string[] } {
  const records = parseZoneFile(`$TTL 3600\n${apex}${text}\n`, { origin: "example.com" });
  if (!records.ok) throw new Error(records.problem);
  const lookup = lookupOf("example.com", rrsetsOf(records.value));
  const names = [...new Set(records.value.map(({ name }) => name))];
  return {
    ...lookup,
    names,
    namesBelow: (above) => names.filter((name) => name !== above && isAtOrBelow(name, above)),
  };
}

const put = (line: string): ZoneChange => {
  const [name = "", type = "", ...data] = line.split(" ");
  return { do: "put", name, type, data: data.join(" ").split(" | ") };
};
const remove = (line: string): ZoneChange => {
  const [name = "", type = ""] = line.split(" ");
  return { do: "remove", name, type };
};
const told = (zone: string, changes: readonly ZoneChange[], over: Partial<RuleContext> = {}): string[] => {
  const plan = planChanges(zoneOf(zone), changes, { ...context, ...over });
  if (!plan.ok) return [`error ${plan.problem}`];
  return plan.problems.map(({ severity, problem }) => `${severity} ${problem}`);
};

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
const rsa = (modulusLength: number): string => formatKeyRecord(generateKeyPairSync("rsa", { modulusLength }).publicKey);
const sound = rsa(2048)
  .match(/.{1,250}/g)!
  .map((part) => `"${part}"`)
  .join(" ");
const key = "s._domainkey.example.com";
const spfText = "v=spf1 ip4:192.0.2.1 -all";

describe("a change is refused that brings", () => {
  test.each([
    ["DNS-B-15 a CNAME beside other data", "www A 192.0.2.1", "www.example.com CNAME a.example.net.", "CNAME beside A"],
    ["DNS-B-15 other data beside a CNAME", "www CNAME a.example.net.", 'www.example.com TXT "x"', "CNAME beside TXT"],
    ["DNS-B-15 a CNAME at the top", "", "@ CNAME a.example.net.", "CNAME at the top"],
    ["DNS-B-15 two CNAMEs", "", "www.example.com CNAME a.example.net. | b.example.net.", "2 CNAME records"],
    ["two DNAMEs", "", "d.example.com DNAME a.example.net. | b.example.net.", "2 DNAME records"],
    ["data below a delegation", "sub NS ns.example.net.", 'x.sub.example.com TXT "x"', "sub.example.com is delegated"],
    ["data beside a delegation", "sub NS ns.example.net.", 'sub.example.com TXT "x"', "TXT beside NS"],
    [
      "a delegation above data",
      'x.sub TXT "x"',
      "sub.example.com NS ns.example.net.",
      "would hide what stands below it",
    ],
    ["data below a DNAME", "sub DNAME a.example.net.", "x.sub.example.com A 192.0.2.1", "below the DNAME"],
    ["a DNAME above data", "x.sub A 192.0.2.1", "sub.example.com DNAME a.example.net.", "would hide"],
    [
      "a DS without a delegation",
      "",
      "sub.example.com DS 1 13 2 " + "ab".repeat(32),
      "a DS record stands at a delegation",
    ],
    ["a DS at the top", "", "@ DS 1 13 2 " + "ab".repeat(32), "a DS record stands at a delegation"],
    ["NS below itself without glue", "", "sub.example.com NS ns.sub.example.com.", "nobody could reach it"],
    ["a null MX beside others", "", "@ MX 0 . | 10 mx.example.net.", 'MX to "." says that there is none'],
    ["a null SRV beside others", "", "_x._tcp.example.com SRV 0 0 0 . | 0 0 1 a.example.net.", 'SRV to "."'],
    ["a critical CAA that nobody knows", "", '@ CAA 128 unheard "x"', "unknown tag unheard marked critical"],
    ["a CAA that names nobody", "", '@ CAA 0 issue "not a domain"', "names no certification authority"],
    ["a CAA report address that is none", "", '@ CAA 0 iodef "me"', "is no address"],
    [
      "two SPF records",
      "",
      `@ TXT "${spfText}" | "v=spf1 -all"`,
      "2 SPF records at one name; there may be one (RFC 7208 §4.5)",
    ],
    ["an SPF record that nobody reads", "", '@ TXT "v=spf1 ipv4:192.0.2.1"', "a SPF record that nobody can read"],
    ["two DMARC records", "", '_dmarc.example.com TXT "v=DMARC1; p=none" | "v=DMARC1; p=reject"', "2 DMARC records"],
    [
      "STS-01 two MTA-STS records",
      "",
      '_mta-sts.example.com TXT "v=STSv1; id=1;" | "v=STSv1; id=2;"',
      "2 MTA-STS records",
    ],
    ["STS-01 an id that is none", "", '_mta-sts.example.com TXT "v=STSv1; id=2026-11-22;"', "id= has to be"],
    [
      "TLSR-01 two TLS-RPT records",
      "",
      '_smtp._tls.example.com TXT "v=TLSRPTv1; rua=mailto:a@example.com" | "v=TLSRPTv1; rua=mailto:b@example.com"',
      "2 TLS-RPT",
    ],
    [
      "two BIMI records",
      "",
      'default._bimi.example.com TXT "v=BIMI1; l=https://a.example/a.svg" | "v=BIMI1; l="',
      "2 BIMI",
    ],
    ["quotes pasted into SPF", "", '@ TXT "\\"v=spf1 -all\\""', "quotes or backslashes stand in the text"],
    [
      "escapes pasted into DMARC",
      "",
      '_dmarc.example.com TXT "v=DMARC1\\\\; p=none"',
      "quotes or backslashes stand in the text",
    ],
    [
      "DNS-F-05 a second key record",
      `s._domainkey TXT ${sound}`,
      `${key} TXT ${sound} | "v=DKIM1; p="`,
      "2 TXT records at a key name",
    ],
    ["DNS-F-06 a key that is not base64", "", `${key} TXT "v=DKIM1; p=!!!"`, "none of base64"],
    ["DNS-F-06 quotes pasted into a key", "", `${key} TXT "\\"v=DKIM1; p=abcd\\""`, "quot"],
    ["DNS-F-06 text that is no key", "", `${key} TXT "hello"`, "key"],
    [
      "DNS-B-18 a wildcard under _domainkey",
      "",
      '*._domainkey.example.com TXT "v=DKIM1; p="',
      "answers for every selector",
    ],
    ["a SOA below the top", "", "x.example.com SOA a. b. 1 3600 600 1814400 300", "a SOA below the top"],
    ["threat 21 a name outside the zone", "", "www.example.org A 192.0.2.1", "is outside the zone example.com"],
    ["threat 21 a relative name", "", "www A 192.0.2.1", "write the whole name, such as www.example.com"],
    ["a type that nobody knows", "", "x.example.com NONSENSE 1", "is no record type known here"],
    ["a type of messages", "", "x.example.com OPT \\# 0", "cannot stand in a zone"],
    ["signatures by hand", "", "x.example.com RRSIG \\# 0", "made when the zone is signed"],
    ["RDATA of another type", "", "x.example.com A mail.example.net.", "not an address"],
    ["unknown RDATA of a wrong length", "", "x.example.com TYPE65280 \\# 4 c0", "announces 4 octets"],
    ["threat 22 a second line", "", 'x.example.com TXT "a"\nevil', "line end"],
    ["more than fits into an answer", "", `x.example.com TXT ${"a".repeat(64_000)}`, "fit into no answer"],
    [
      "a target without its final dot",
      "",
      "@ MX 10 mx.example.net",
      "has no final dot, so it would be mx.example.net.example.com",
    ],
  ])("%s", (_, zone, line, problem) => {
    expect(told(zone, [put(line)])).toContainEqual(expect.stringMatching(new RegExp(`^error .*${escaped(problem)}`)));
  });

  test("the loss of what is needed: the top's NS or SOA, and glue", () => {
    expect(told("", [remove("@ NS")])).toEqual([expect.stringContaining("error no NS records at the top")]);
    expect(told("", [remove("@ SOA")])).toEqual([expect.stringContaining("error no SOA")]);
    const delegated = "sub NS ns.sub\nns.sub A 192.0.2.1";
    expect(told(delegated, [remove("ns.sub.example.com A")])).toEqual([
      expect.stringContaining("error NS names ns.sub.example.com"),
    ]);
  });
});

describe("a change is carried out and told to be doubtful that brings", () => {
  test.each([
    [
      "an MX that leads to an alias",
      "mx CNAME a.example.net.",
      "@ MX 10 mx.example.com.",
      "which is an alias (RFC 2181 §10.3)",
    ],
    ["an MX without an address", "", "@ MX 10 mx.example.com.", "has no address in this zone"],
    ["a null MX with a preference", "", "@ MX 10 .", "has preference 0"],
    ["SRV at another name", "", "sip.example.com SRV 0 0 1 a.example.net.", "_service._proto"],
    ["TLSA at another name", "", "mx.example.com TLSA 3 1 1 " + "ab".repeat(32), "_port._proto"],
    ["CAA flags", "", '@ CAA 1 issue "ca.example"', "CAA flags 1"],
    ["an unknown CAA tag", "", '@ CAA 0 unheard "x"', "unknown tag"],
    [
      "SPF over ten look-ups",
      "",
      `@ TXT "v=spf1 ${Array.from({ length: 11 }, (_one, at) => `include:i${at}.example.net`).join(" ")} -all"`,
      "at least 11 times",
    ],
    [
      "SPF over ten look-ups with its includes",
      `i TXT "v=spf1 ${"a:x.example.net ".repeat(10)}-all"`,
      '@ TXT "v=spf1 include:i.example.com -all"',
      "at least 11 times",
    ],
    ["a DMARC tag that cannot be read", "", '_dmarc.example.com TXT "v=DMARC1; p=rejekt"', "p cannot be read"],
    ["DMARC where nobody asks", "", '@ TXT "v=DMARC1; p=none"', "never asked for"],
    ["a wildcard elsewhere", "", "*.example.com A 192.0.2.1", "answers for every name below it"],
    ["text at _domainkey itself", "", '_domainkey.example.com TXT "o=~"', "says nothing to DKIM"],
    ["DNS-F-06 a key under 2048 bits", "", `${key} TXT "${rsa(1024)}"`, "1024 bits"],
    [
      "a name doubled by a missing dot",
      "",
      "www.example.com CNAME a.example.com.example.com.",
      "ends in the zone's name twice",
    ],
  ])("%s", (_, zone, line, problem) => {
    expect(told(zone, [put(line)])).toEqual([expect.stringMatching(new RegExp(`^warning .*${escaped(problem)}`))]);
  });
});

test("a text is given with quotes or without, and a long one is cut into strings", () => {
  const dataOf = (data: string): string[] => {
    const plan = planChanges(zoneOf(""), [{ do: "put", name: "@", type: "TXT", data: [data] }], context);
    return plan.ok ? plan.differences.flatMap(({ after }) => after!.data.flatMap(readTxt)) : [plan.problem];
  };
  expect(dataOf("v=spf1 ip4:192.0.2.1 -all")).toEqual(["v=spf1 ip4:192.0.2.1 -all"]);
  expect(dataOf("a; (b)")).toEqual(["a; (b)"]);
  expect(dataOf('"one" "two"')).toEqual(["one", "two"]);
  expect(dataOf("x".repeat(600))).toEqual(["x".repeat(255), "x".repeat(255), "x".repeat(90)]);
  expect(dataOf(`"${"y".repeat(254)}\\"z"`)).toEqual([`${"y".repeat(254)}"`, "z"]);
  expect(dataOf("\\# 3 026869")).toEqual(["hi"]);
});

test("what is sound is not spoken of", () => {
  const lines = [
    "@ A 192.0.2.1",
    `@ TXT "${spfText}" | "some-site-verification=abc"`,
    "@ MX 10 mx.example.com.",
    '@ CAA 0 issue "letsencrypt.org; validationmethods=dns-01" | 0 issuewild ";" | 0 iodef "mailto:a@example.com"',
    "mx.example.com A 192.0.2.2",
    "_25._tcp.mx.example.com TLSA 3 1 1 " + "ab".repeat(32),
    "_submission._tcp.example.com SRV 0 1 587 mx.example.com.",
    '_dmarc.example.com TXT "v=DMARC1; p=reject"',
    '_mta-sts.example.com TXT "v=STSv1; id=20261122;"',
    '_smtp._tls.example.com TXT "v=TLSRPTv1; rua=mailto:a@example.com"',
    'customer.example._report._dmarc.example.com TXT "v=DMARC1;"',
    `${key} TXT ${sound}`,
    "k2._domainkey.example.com CNAME k2.example.net.",
    'old._domainkey.example.com TXT "v=DKIM1; p="',
    "sub.example.com NS ns.sub.example.com.",
    "ns.sub.example.com A 192.0.2.3",
    "sub.example.com DS 1 13 2 " + "ab".repeat(32),
    "x.example.com TYPE65280 \\# 4 c0000201",
  ];
  expect(told("", lines.map(put))).toEqual([]);
});

test("a wildcard under _domainkey that is asked for by name is told, not refused (DNS-B-18)", () => {
  const change = put('*._domainkey.example.com TXT "v=DKIM1; p="');
  expect(told("", [change], { wildcardKeys: "wanted" })).toEqual([expect.stringMatching(/^warning a wildcard/)]);
});

test("one request may change a CNAME into addresses, or bring a delegation with its glue", () => {
  expect(
    told("www CNAME a.example.net.", [remove("www.example.com CNAME"), put("www.example.com A 192.0.2.1")]),
  ).toEqual([]);
  expect(told("", [put("sub.example.com NS ns.sub.example.com."), put("ns.sub.example.com AAAA 2001:db8::1")])).toEqual(
    [],
  );
});

test("what was wrong before is not held against another change at the same name", () => {
  const zone = '@ TXT "v=spf1 -all"\n@ TXT "v=spf1 +all"';
  expect(told(zone, [put("@ A 192.0.2.1")])).toEqual([]);
  expect(told(zone, [put('@ TXT "v=spf1 -all"')])).toEqual([]);
});

test("two changes of one RRset in one request are refused: which one is meant?", () => {
  expect(told("", [put("@ A 192.0.2.1"), remove("example.com. A")])).toEqual([expect.stringContaining("stands twice")]);
});

describe("the linter on TTLs", () => {
  const lint = (zone: string, policy = timingPresets.default): string[] => {
    const lookup = zoneOf(zone);
    return problemsAt(lookup.names, lookup, { ...context, policy }).map(({ name, problem }) => `${name}: ${problem}`);
  };
  test.each([
    [
      "a key name beyond what the rotation plans with",
      "s._domainkey 7200 CNAME s.example.net.",
      "each change of the key waits that long",
    ],
    ["anything over a week", "a 604801 A 192.0.2.1", "longer than any wait of a rotation counts on"],
    ["anything under a minute", "a 59 A 192.0.2.1", "every resolver comes back"],
    ["a key name under five minutes", "s._domainkey 299 CNAME s.example.net.", "an outage is felt at once"],
    ["NS of a delegation over two days", "sub 172801 NS ns.example.net.", "a move to other servers takes that long"],
    [
      "TTLs that differ in an RRset",
      "a 300 A 192.0.2.1\na 600 A 192.0.2.2",
      "TTLs from 300 to 600 s; the lowest is served",
    ],
  ])("%s", (_, zone, problem) => {
    expect(lint(zone)).toEqual([expect.stringContaining(problem)]);
  });

  test("says nothing of an hour, of what the policy itself plans with, and of a day for an address", () => {
    expect(lint("a 86400 A 192.0.2.1\ns._domainkey 3600 CNAME s.example.net.")).toEqual([]);
    expect(lint("s._domainkey 5 CNAME s.example.net.", { ...timingPresets.default, recordTtlSeconds: 5 })).toEqual([]);
  });

  test("of a SOA and NS at the top", () => {
    const text = "@ 60 SOA ns.example.net. h.example.net. 1 600 900 86400 7200\n@ 300 NS ns.example.net.\n";
    const records = parseZoneFile(text, { origin: "example.com" });
    const lookup = lookupOf("example.com", rrsetsOf(records.ok ? records.value : []));
    expect(problemsAt(["example.com"], lookup, context).map(({ problem }) => problem.split(/[:;]/)[0])).toEqual([
      "refresh 600 s",
      "retry 900 s is not below refresh 600 s",
      "expire 86400 s",
      "minimum 7200 s",
      "the SOA's own TTL 60 s is below its minimum 7200 s, so absence is kept for 60 s (RFC 2308 §5)",
      "NS at the top with a TTL of 300 s",
    ]);
  });
});
