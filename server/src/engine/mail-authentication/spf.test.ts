import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseFixture } from "../resolver/fixture.ts";
import type { Lookup } from "../resolver/resolution.ts";
import { limits } from "./limits.ts";
import { checkSpf, type SmtpFacts, type SpfResult } from "./spf.ts";

type Dns = Record<string, Record<string, unknown>>;
const lookupIn = (dns: Dns): Lookup => {
  const parsed = parseFixture(JSON.stringify(dns));
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.value;
};
const txt = (...texts: string[]): { TXT: string[] } => ({ TXT: texts });
const ip = "192.0.2.1";
const mailFrom = "a@example.com";
const check = (dns: Dns, facts: Partial<SmtpFacts> = {}) =>
  checkSpf({ ip, mailFrom, helo: "mail.example.net", ...facts }, lookupIn(dns));
/** The result for a message from example.com that has this record. */
const resultOf = async (record: string | string[], dns: Dns = {}): Promise<SpfResult> =>
  (await check({ "example.com": txt(...[record].flat()), ...dns })).result;

describe("whose record is asked for", () => {
  const dns = {
    "example.com": txt("v=spf1 -all"),
    "mail.example.net": txt("v=spf1 ip4:192.0.2.1 -all"),
  };

  test("SPF-01 that of the MAIL FROM domain", async () => {
    expect(await check(dns)).toMatchObject({
      result: "fail",
      domain: "example.com",
      scope: "mfrom",
      identity: "mailfrom",
    });
  });

  test("SPF-01 with a null reverse-path that of HELO, which stands for MAIL FROM", async () => {
    expect(await check(dns, { mailFrom: "" })).toMatchObject({
      result: "pass",
      domain: "mail.example.net",
      scope: "mfrom",
      identity: "helo",
    });
    const postmaster = {
      "mail.example.net": txt("v=spf1 exists:%{l}.%{o}.example -all"),
      "postmaster.mail.example.net.example": { A: ["127.0.0.2"] },
    };
    expect((await check(postmaster, { mailFrom: "" })).result).toBe("pass");
  });

  test("SPF-16 HELO alone is another scope: it is no MAIL FROM result", async () => {
    const facts = { ip, helo: "mail.example.net" };
    expect(await checkSpf(facts, lookupIn(dns))).toMatchObject({
      result: "pass",
      domain: "mail.example.net",
      scope: "helo",
    });
  });

  test.each([
    ["of one label", { mailFrom: "a@localhost" }],
    ["that is an address", { mailFrom: "", helo: "[192.0.2.1]" }],
    ["that is not there", { mailFrom: "", helo: "" }],
    ["over the limit", { mailFrom: `${"x".repeat(limits.identityCharactersMax)}@example.com` }],
  ])("SPF-03 a domain %s: none", async (_title, facts) => {
    expect((await check(dns, facts)).result).toBe("none");
  });

  test("a U-label is asked for as its A-label", async () => {
    const german = { "xn--bcher-kva.example": txt("v=spf1 +all") };
    expect(await check(german, { mailFrom: "a@b\u00fccher.example" })).toMatchObject({
      result: "pass",
      domain: "xn--bcher-kva.example",
    });
  });
});

describe("records", () => {
  test.each<[title: string, texts: string[] | string, result: SpfResult]>([
    ["SPF-03 begin with v=spf1 and a space", ["v=spf10 +all"], "none"],
    ["SPF-03 or with v=spf1 alone", ["v=spf1"], "neutral"],
    ["SPF-03 do not begin with white space", [" v=spf1 +all"], "none"],
    ["SPF-03 are joined from their strings without a space", [["v=spf1 ip4:192.0", ".2.1 -all"]] as never, "pass"],
    ["SPF-04 two of them: permerror", ["v=spf1 +all", "v=spf1 -all"], "permerror"],
    ["SPF-04 none among other texts: none", ["some text"], "none"],
    ["SPF-04 one among other texts", ["some text", "v=spf1 +all"], "pass"],
    ["SPF-11 with a syntax error behind the term that matches", ["v=spf1 +all -alll"], "permerror"],
    ["SPF-11 with redirect twice", ["v=spf1 redirect=a.example redirect=a.example"], "permerror"],
    ["SPF-11 with exp twice", ["v=spf1 -all exp=a.example exp=a.example"], "permerror"],
    ["SPF-11 with an unknown modifier", ["v=spf1 foo=bar +all"], "pass"],
    ["SPF-03 that say ~", ["v=spf1 ~all"], "softfail"],
    ["SPF-03 that say ?", ["v=spf1 ?all"], "neutral"],
    ["over the limit", [`v=spf1 ${"ip4:198.51.100.1 ".repeat(600)}+all`], "permerror"],
  ])("%s", async (_title, texts, result) => {
    expect((await check({ "example.com": { TXT: texts } })).result).toBe(result);
  });
});

describe("SPF-09 include and redirect", () => {
  const includes: [included: string, result: SpfResult][] = [
    ["v=spf1 +all", "pass"],
    ["v=spf1 -all", "softfail"],
    ["v=spf1 ~all", "softfail"],
    ["v=spf1 ?all", "softfail"],
    ["no record", "permerror"],
    ["v=spf1 alll", "permerror"],
  ];
  test.each(includes)("include of %s: %s", async (included, result) => {
    expect(await resultOf("v=spf1 include:other.example ~all", { "other.example": txt(included) })).toBe(result);
  });
  test("include of what the DNS does not answer for: temperror", async () => {
    const failing = { "other.example": { error: "SERVFAIL" } };
    expect(await resultOf("v=spf1 include:other.example ~all", failing)).toBe("temperror");
  });
  test("redirect where nothing matches, and only there", async () => {
    const other = { "other.example": txt("v=spf1 -all") };
    expect(await resultOf("v=spf1 redirect=other.example", other)).toBe("fail");
    expect(await resultOf("v=spf1 redirect=other.example ip4:192.0.2.1", other)).toBe("pass");
    expect(await resultOf("v=spf1 redirect=other.example ?all", other)).toBe("neutral");
    expect(await resultOf("v=spf1 redirect=other.example")).toBe("permerror");
  });
});

describe("limits", () => {
  const includes = (count: number): Dns => {
    const dns: Dns = {};
    for (let at = 1; at < count; at++) dns[`i${at}.example`] = txt(`v=spf1 include:i${at + 1}.example ?all`);
    dns[`i${count}.example`] = txt("v=spf1 ip4:192.0.2.1 ?all");
    return dns;
  };
  test("SPF-06 ten terms that ask the DNS, over includes, and not eleven", async () => {
    expect(await check({ "example.com": txt("v=spf1 include:i1.example -all"), ...includes(10) })).toMatchObject({
      result: "pass",
      lookups: 10,
    });
    expect(await resultOf("v=spf1 include:i1.example -all", includes(11))).toBe("permerror");
  });
  test("SPF-06 ten MX hosts, and not eleven", async () => {
    const hosts = (count: number): Dns => {
      const dns: Dns = { "mx.example": { MX: Array.from({ length: count }, (_, at) => `${at} h${at}.example`) } };
      for (let at = 0; at < count; at++) dns[`h${at}.example`] = { A: [at === count - 1 ? ip : "198.51.100.1"] };
      return dns;
    };
    expect(await resultOf("v=spf1 mx:mx.example -all", hosts(10))).toBe("pass");
    expect(await resultOf("v=spf1 mx:mx.example -all", hosts(11))).toBe("permerror");
  });
  test("SPF-06 ptr looks at the first ten names", async () => {
    const names = (place: number): Dns => {
      const dns: Dns = {
        "1.2.0.192.in-addr.arpa": {
          PTR: Array.from({ length: 11 }, (_, at) => (at === place ? "host.example.com" : `h${at}.example`)),
        },
        "host.example.com": { A: [ip] },
      };
      for (let at = 0; at < 11; at++) dns[`h${at}.example`] = { A: [ip] };
      return dns;
    };
    expect(await resultOf("v=spf1 ptr -all", names(9))).toBe("pass");
    expect(await resultOf("v=spf1 ptr -all", names(10))).toBe("fail");
  });
  test("SPF-07 two terms may find nothing, and not three", async () => {
    expect(await resultOf("v=spf1 a:n1.example a:n2.example +all")).toBe("pass");
    expect(await resultOf("v=spf1 a:n1.example a:n2.example a:n3.example +all")).toBe("permerror");
  });
  test("the questions of ten terms stay within what is asked", async () => {
    let questions = 0;
    const hosts = Object.fromEntries(
      Array.from({ length: 10 }, (_, at) => [`h${at}.example`, { A: ["198.51.100.1"] }]),
    );
    const lists = Object.fromEntries(
      Array.from({ length: 10 }, (_, at) => [
        `m${at}.example`,
        { MX: Array.from({ length: 10 }, (_host, host) => `1 h${host}.m${at}.example`) },
      ]),
    );
    const lookup = lookupIn({
      ...hosts,
      ...lists,
      "example.com": txt(`v=spf1 ${Array.from({ length: 10 }, (_, at) => `mx:m${at}.example`).join(" ")} ?all`),
    });
    const counting: Lookup = { lookup: (name, type, signal) => (questions++, lookup.lookup(name, type, signal)) };
    expect((await checkSpf({ ip, mailFrom, helo: "x.example" }, counting)).result).toBe("neutral");
    expect(questions).toBe(1 + 10 * 11);
    expect(questions).toBeLessThanOrEqual(limits.spfQueriesMax);
  });
});

test.each(["SERVFAIL", "TIMEOUT"])("SPF-13 %s: temperror", async (error) => {
  expect((await check({ "example.com": { error } })).result).toBe("temperror");
  expect(await resultOf("v=spf1 a:other.example +all", { "other.example": { error } })).toBe("temperror");
});

describe("SPF-14 macros", () => {
  const exists = (name: string): Dns => ({ [name]: { A: ["127.0.0.2"] } });
  test.each<[macro: string, name: string]>([
    ["%{ir}.%{v}._spf.example", "1.2.0.192.in-addr._spf.example"],
    ["%{l1r-}._spf.example", "a._spf.example"],
    ["%{d2}._spf.example", "example.com._spf.example"],
    ["%{dr}._spf.example", "com.example._spf.example"],
    ["%{d1r.-+,/_=}._spf.example", "example._spf.example"],
    ["%{l+-.}._spf.example", "a._spf.example"],
  ])("%s", async (macro, name) => {
    expect(await resultOf(`v=spf1 exists:${macro} -all`, exists(name))).toBe("pass");
    expect(await resultOf(`v=spf1 exists:${macro} -all`)).toBe("fail");
  });
  test("a hyphen among the delimiters stands for itself, wherever it is", async () => {
    const dns = { "example.com": txt("v=spf1 exists:%{l1+-.}._spf.example -all"), "b,c._spf.example": { A: [ip] } };
    expect((await check(dns, { mailFrom: "a-b,c@example.com" })).result).toBe("pass");
  });
  test("an upper-case letter escapes as in a URL", async () => {
    const dns = { "example.com": txt("v=spf1 exists:%{L}._spf.example -all"), "a\\%2fb._spf.example": { A: [ip] } };
    expect((await check(dns, { mailFrom: "a/b@example.com" })).result).toBe("pass");
  });
  test("a backslash in a local part stands for itself", async () => {
    const dns = { "example.com": txt("v=spf1 exists:%{l}._spf.example -all"), "a._spf.example": { A: [ip] } };
    expect((await check(dns, { mailFrom: "a@example.com" })).result).toBe("pass");
    expect((await check(dns, { mailFrom: "\\097@example.com" })).result).toBe("fail");
  });
  test("a name over 253 octets loses labels from its left", async () => {
    const long = Array.from({ length: 4 }, () => "x".repeat(60)).join(".");
    expect(await resultOf(`v=spf1 exists:cut.off.here.${long} -all`, exists(`off.here.${long}`))).toBe("pass");
  });
  test("an IPv4 address in the form of IPv6 is an IPv4 address", async () => {
    const dns = { "example.com": txt("v=spf1 ip4:192.0.2.1 -all") };
    expect((await check(dns, { ip: "::ffff:192.0.2.1" })).result).toBe("pass");
  });
  test("a local part beyond ASCII matches nothing", async () => {
    const dns = { "example.com": txt("v=spf1 exists:%{l}.example ?all"), "*.example": { A: [ip] } };
    expect((await check(dns, { mailFrom: "jos\u00e9@example.com" })).result).toBe("neutral");
  });
});

test("the local part is told only where the record made use of it", async () => {
  expect((await check({ "example.com": txt("v=spf1 +all") })).mailbox).toBeUndefined();
  const dns = { "example.com": txt("v=spf1 exists:%{l}.example +all") };
  expect((await check(dns)).mailbox).toBe("a@example.com");
});

test("the explanation of a fail is handed on", async () => {
  const dns = { "example.com": txt("v=spf1 -all exp=why.example.com"), "why.example.com": txt("ask %{i}") };
  expect((await check(dns)).explanation).toBe("ask 192.0.2.1");
});

test("what is no address gives a verdict", async () => {
  expect(await check({}, { ip: "mail.example" })).toMatchObject({ result: "permerror" });
});

test("any record and any envelope give a verdict", async () => {
  const words =
    "v=spf1 a mx ptr exists: include: redirect= exp= ip4: ip6: all - ~ ? / // 0 32 129 : = . % %{ } %{l} %{ir} %{p}";
  const piece = fc.constantFrom(
    ...`${words} %{H1r-} example.com 192.0.2.1 ::1 @ ( xn-- localhost \\ \0 \r\n " \u00fc \u00ff`.split(" "),
    " ",
  );
  const texts = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(""));
  const records = fc.array(
    texts.map((text) => `v=spf1 ${text}`),
    { minLength: 1, maxLength: 2 },
  );
  await fc.assert(
    fc.asyncProperty(records, texts, texts, texts, async (found, explanation, local, helo) => {
      const dns = {
        "example.com": { TXT: found },
        "*.example.com": { TXT: [explanation], A: [ip], MX: ["0 example.com"] },
        "1.2.0.192.in-addr.arpa": { PTR: ["a\\.b.example.com", "example.com"] },
      };
      const { result } = await check(dns, { mailFrom: `${local}@example.com`, helo });
      expect(["none", "neutral", "pass", "fail", "softfail", "permerror"]).toContain(result);
      await check(dns, { mailFrom: local, helo });
    }),
    { numRuns: 1000 },
  );
});

test("a resolver that rejects gives a verdict", async () => {
  const broken: Lookup = { lookup: () => Promise.reject(new Error("broken")) };
  expect((await checkSpf({ ip, mailFrom, helo: "h.example" }, broken)).result).toBe("temperror");
});
