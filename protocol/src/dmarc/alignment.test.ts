import { describe, expect, test } from "vitest";
import { resolver, type Names } from "../../vectors/dmarc/example.ts";
import { alignmentOf, byTreeWalk, satisfies, type Alignment } from "./alignment.ts";
import { identifierWalksMax, judgeIdentifiers, type IdentifierQuestion } from "./identifiers.ts";
import { recordSource } from "./record-lookup.ts";

const names: Names = {
  "_dmarc.example.com": ["v=DMARC1; p=none"],
  "_dmarc.branch.example.com": ["v=DMARC1; p=none; psd=n"],
  "_dmarc.lost.example.com": { code: "ETIMEOUT" },
};
const align = async (one: string, other: string): Promise<{ alignment: Alignment; asked: string[] }> => {
  const { resolveTxt, asked } = resolver(names);
  return { alignment: await alignmentOf(one, other, byTreeWalk(recordSource(resolveTxt))), asked };
};

describe("alignment", () => {
  test.each<[string, string, string, Alignment]>([
    ["DMARC-E-03 equal names", "news.example.com", "news.example.com", "strict"],
    ["DMARC-E-03 equal but for case", "news.example.com", "News.Example.COM", "strict"],
    ["DMARC-E-03 a U-label and its A-label", "b\u00fccher.example", "xn--bcher-kva.example", "strict"],
    ["DMARC-E-03 siblings", "foo.example.com", "news.example.com", "relaxed"],
    ["DMARC-E-03 parent and child", "example.com", "news.example.com", "relaxed"],
    ["DMARC-E-03 another organization", "foo.example.net", "news.example.com", "none"],
    ["DMARC-E-03 another top level", "example.org", "example.com", "none"],
    ["DMARC-E-03 the end of a label is no subdomain", "badexample.com", "example.com", "none"],
    ["DMARC-E-03 a branch that is an organization of its own", "a.branch.example.com", "example.com", "none"],
    ["DMARC-E-03 inside that branch", "a.branch.example.com", "b.branch.example.com", "relaxed"],
    ["DMARC-E-03 no domain name", "example.com", "[192.0.2.1]", "none"],
    ["DMARC-E-03 the top level alone", "example.com", "com", "none"],
    ["DMARC-T-12 no answer on the way", "a.lost.example.com", "example.com", "unknown"],
    ["DMARC-T-12 no answer, and it could not matter", "a.lost.example.com", "example.net", "none"],
  ])("%s", async (_title, one, other, expected) => {
    expect((await align(one, other)).alignment).toBe(expected);
    expect((await align(other, one)).alignment).toBe(expected);
  });

  test("another organization costs no walk of its own", async () => {
    expect((await align("example.com", "a.b.c.d.example.net")).asked).toEqual([]);
    expect((await align("example.com", "a.b.c.d.other.com")).asked).toEqual(["_dmarc.example.com", "_dmarc.com"]);
  });

  test.each<[Alignment, string, string]>([
    ["strict", "yes", "yes"],
    ["relaxed", "yes", "no"],
    ["none", "no", "no"],
    ["unknown", "unknown", "no"],
  ])("DMARC-E-03 %s satisfies relaxed: %s, strict: %s", (alignment, relaxed, strict) => {
    expect([satisfies(alignment, "relaxed"), satisfies(alignment, "strict")]).toEqual([relaxed, strict]);
  });
});

describe("identifiers", () => {
  const question = (changes: Partial<IdentifierQuestion>): IdentifierQuestion => ({
    authorDomain: "example.com",
    dkim: [],
    spf: undefined,
    adkim: "relaxed",
    aspf: "relaxed",
    organizationalDomainOf: byTreeWalk(recordSource(resolver(names).resolveTxt)),
    ...changes,
  });
  const signed = (signingDomain: string | undefined, result = "pass") => ({ signingDomain, result });

  test.each<[string, Partial<IdentifierQuestion>, string]>([
    ["DMARC-E-05 nothing", {}, "fail"],
    ["DMARC-E-05 one of many", { dkim: [signed("esp.example"), signed("example.com")] }, "pass"],
    ["DMARC-E-05 SPF alone", { spf: { result: "pass", domain: "bounce.example.com" } }, "pass"],
    [
      "DMARC-E-05 DKIM passes, SPF fails",
      { dkim: [signed("example.com")], spf: { result: "fail", domain: "example.com" } },
      "pass",
    ],
    ["DMARC-E-03 a domain that is none", { dkim: [signed("exa mple.com"), signed(undefined)] }, "fail"],
    ["a temperror of a domain that is none", { dkim: [signed(undefined, "temperror")] }, "fail"],
    ["a temperror of SPF", { spf: { result: "temperror", domain: "example.com" } }, "unknown"],
    ["a temperror of SPF for HELO", { spf: { result: "temperror", domain: "example.com", identity: "helo" } }, "fail"],
    ...["fail", "policy", "neutral", "permerror", "none", "softfail", "PASS", "passed"].map(
      (result): [string, Partial<IdentifierQuestion>, string] => [
        `DMARC-E-03 ${result} is no pass`,
        { dkim: [signed("example.com", result)], spf: { result, domain: "example.com" } },
        "fail",
      ],
    ),
  ])("%s", async (_title, changes, outcome) => {
    expect((await judgeIdentifiers(question(changes))).outcome).toBe(outcome);
  });

  test("past twenty walks nothing is known, and strangers do not use them up", async () => {
    const branch = Array.from({ length: identifierWalksMax }, (_, at) => signed(`s${at}.branch.example.com`));
    const strangers = Array.from({ length: 100 }, (_, at) => signed(`s${at}.example.net`));
    const last = signed("a.example.com");
    const outcomeOf = async (dkim: IdentifierQuestion["dkim"]): Promise<string> =>
      (await judgeIdentifiers(question({ dkim }))).outcome;
    expect(await outcomeOf(branch)).toBe("fail");
    expect(await outcomeOf([...branch, last])).toBe("unknown");
    expect(await outcomeOf([...branch, signed("example.com")])).toBe("pass");
    expect(await outcomeOf([...strangers, ...branch.slice(1), last])).toBe("pass");
  });
});
