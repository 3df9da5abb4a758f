import { describe, expect, test } from "vitest";
import { authorFrom, resolver, type Names } from "../../vectors/dmarc/example.ts";
import { authenticationResult } from "./authentication-result.ts";
import { evaluate } from "./evaluate.ts";
import type { EvaluateOptions, Evaluation } from "./evaluation.ts";
import { compareWithRfc7489 } from "./rfc7489.ts";
import { smtpReply } from "./smtp-reply.ts";

const evaluated = (names: Names, options: Partial<EvaluateOptions> = {}): Promise<Evaluation> =>
  evaluate({
    author: authorFrom("From: joe@example.com"),
    dkim: [],
    resolveTxt: resolver(names).resolveTxt,
    ...options,
  });
const publishes = (tags: string): Names => ({ "_dmarc.example.com": [`v=DMARC1; ${tags}`] });

describe("what is kept and handed on", () => {
  test("DMARC-E-16 every signature and SPF, with domain, selector and result, whatever came of it", async () => {
    const { identifiers, disposition, overrides } = await evaluated(publishes("p=reject"), {
      dkim: [
        { result: "fail", signingDomain: "example.com", selector: "s1" },
        { result: "pass", signingDomain: "esp.example", selector: "k1" },
        { result: "neutral", signingDomain: undefined, selector: undefined },
      ],
      spf: { result: "softfail", domain: "Bounce.ESP.example" },
    });
    expect(identifiers.map(({ method, domain, selector, result }) => [method, domain, selector, result])).toEqual([
      ["dkim", "example.com", "s1", "fail"],
      ["dkim", "esp.example", "k1", "pass"],
      ["dkim", undefined, undefined, "neutral"],
      ["spf", "bounce.esp.example", undefined, "softfail"],
    ]);
    expect({ disposition, overrides }).toEqual({ disposition: "quarantine", overrides: ["local_policy"] });
  });

  test("DMARC-E-10 header.from and the policy after t= stand in Authentication-Results", async () => {
    expect(authenticationResult(await evaluated(publishes("p=reject; t=y")))).toEqual({
      method: "dmarc",
      version: null,
      result: "fail",
      reason: null,
      properties: [
        { ptype: "header", property: "from", value: "example.com" },
        { ptype: "policy", property: "dmarc", value: "quarantine" },
      ],
    });
    expect(authenticationResult(await evaluated({})).properties).toEqual([
      { ptype: "header", property: "from", value: "example.com" },
    ]);
    expect(authenticationResult(await evaluated({}, { author: authorFrom() }))).toMatchObject({
      result: "permerror",
      properties: [],
    });
  });

  test("DMARC-E-15 a domain at p=reject that passes by SPF alone is told so, others are not", async () => {
    const spf = { result: "pass", domain: "example.com" };
    const dkim = [{ result: "pass", signingDomain: "example.com" }];
    const warned = async (policy: string, options: Partial<EvaluateOptions>): Promise<boolean> =>
      (await evaluated(publishes(policy), options)).explanation.some((step) => step.includes("rests on SPF alone"));
    expect(await warned("p=reject", { spf })).toBe(true);
    expect(await warned("p=reject; t=y", { spf, dkim: [{ result: "fail", signingDomain: "example.com" }] })).toBe(true);
    expect(await warned("p=reject", { spf, dkim })).toBe(false);
    expect(await warned("p=reject", { dkim })).toBe(false);
    expect(await warned("p=quarantine", { spf })).toBe(false);
    expect(await warned("p=reject", {})).toBe(false);
  });

  test("who fails though another domain's signature passes is told what helps", async () => {
    const dkim = [
      { result: "fail", signingDomain: "example.com" },
      { result: "pass", signingDomain: "esp.example" },
    ];
    const remedies = async (options: Partial<EvaluateOptions>): Promise<string[]> =>
      (await evaluated(publishes("p=reject"), options)).explanation.filter((step) => step.startsWith("What helps"));
    expect(await remedies({ dkim })).toEqual([
      "What helps: a signature as example.com. Whoever signs as esp.example can make one, too, once example.com delegates a selector to them.",
    ]);
    expect(await remedies({ dkim: dkim.slice(0, 1) })).toEqual([]);
    expect(await remedies({ dkim, spf: { result: "pass", domain: "example.com" } })).toEqual([]);
  });

  test("DMARC-E-13 what is delivered though it fails has its result and its override", async () => {
    const evaluation = await evaluated(publishes("p=quarantine; t=y"));
    expect(evaluation).toMatchObject({ result: "fail", disposition: "none", overrides: ["policy_test_mode"] });
    expect(authenticationResult(evaluation).result).toBe("fail");
  });

  test("DMARC-E-12 a refusal is 550 5.7.1 and names DMARC and the domain, a deferral is 4yz, the rest is taken", async () => {
    const refused = smtpReply(await evaluated(publishes("p=reject"), { onReject: "reject" }));
    expect(refused).toMatchObject({ code: 550, enhancedCode: "5.7.1" });
    expect(refused?.text).toMatch(/DMARC.*example\.com/);
    const failing: Names = { "_dmarc.example.com": { code: "ESERVFAIL" } };
    expect(smtpReply(await evaluated(failing, { onTemporaryError: "defer" }))?.code).toBe(451);
    expect(smtpReply(await evaluated(failing))).toBeUndefined();
    expect(smtpReply(await evaluated(publishes("p=reject")))).toBeUndefined();
  });
});

describe("RFC 7489 beside it", () => {
  const older = async (tags: string, suffix: string | null = "com") => {
    const names = publishes(tags);
    const options = { dkim: [], resolveTxt: resolver(names).resolveTxt, publicSuffixOf: () => suffix };
    return compareWithRfc7489(options, await evaluated(names));
  };

  test.each([
    ["no p= and no rua=: no DMARC", "adkim=s", "permerror", undefined],
    ["no p=, and rua=: none", "rua=mailto:a@example.com", "fail", "none"],
    ["np= is an unknown tag", "p=reject; np=x", "fail", "reject"],
    ["sp= that cannot be read", "p=reject; sp=x", "permerror", undefined],
    ["t= is an unknown tag", "p=reject; t=y", "fail", "reject"],
  ])("DMARC-T-14 %s", async (_title, tags, result, policy) => {
    expect((await older(tags))?.evaluation).toMatchObject({ result, policy });
  });
  test.each([
    ["pct=50", 50],
    ["pct=0", 0],
    ["pct=100", 100],
    ["pct=101", 100],
    ["pct=x", 100],
  ])("DMARC-P-13 %s is %i of a hundred", async (tag, percent) => {
    expect((await older(`p=reject; ${tag}`))?.evaluation.percent).toBe(percent);
  });
  test("DMARC-T-14 a list that does not say counts the last label as the suffix", async () => {
    expect((await older("p=none", null))?.evaluation.organizationalDomain).toBe("example.com");
  });
  test("DMARC-T-14 a public suffix is its own organization", async () => {
    expect((await older("p=none", "example.com"))?.evaluation.organizationalDomain).toBe("example.com");
  });
  test("DMARC-T-15 who is captured by a record above is told of psd=n, who set himself apart is not", async () => {
    const captured = resolver({ "_dmarc.shop.example": ["v=DMARC1; p=none"] });
    const apart = resolver({ "_dmarc.joe.shop.example": ["v=DMARC1; p=none; psd=n"] });
    const told = async ({ resolveTxt }: typeof captured, suffix: string): Promise<string | undefined> => {
      const options = { dkim: [], resolveTxt, publicSuffixOf: () => suffix };
      const newer = await evaluate({ ...options, author: authorFrom("From: joe@joe.shop.example") });
      const comparison = await compareWithRfc7489(options, newer);
      return comparison?.differences.find(({ kind }) => kind === "organizational-domain")?.text;
    };
    expect(await told(captured, "shop.example")).toContain(
      "If others than the owner of shop.example have joe.shop.example, a DMARC record there with psd=n sets it apart.",
    );
    expect(await told(apart, "example")).toBe(
      "The tree walk finds the organizational domain joe.shop.example, the public suffix list shop.example.",
    );
  });
  test("DMARC-T-14 an error of the DNS is a temperror there too, and no author domain has no answer", async () => {
    const { resolveTxt } = resolver({ "_dmarc.example.com": { code: "ETIMEOUT" } });
    const options = { dkim: [], resolveTxt, publicSuffixOf: () => "com" };
    const newer = await evaluate({ ...options, author: authorFrom("From: joe@example.com") });
    expect(await compareWithRfc7489(options, newer)).toMatchObject({
      evaluation: { result: "temperror" },
      differences: [],
    });
    const nobody = await evaluate({ ...options, author: authorFrom() });
    expect(await compareWithRfc7489(options, nobody)).toBeUndefined();
  });
});

test("DMARC-E-01 every way to have no author domain says which", async () => {
  const fields = [[], ["From: a@example.com", "From: a@example.com"], ["From: a@example.com, b@example.net"]];
  const sentences: (string | undefined)[] = [];
  for (const header of [...fields, ["From: friends: a@example.com;"], ["From: nobody"]]) {
    const evaluation = await evaluated(publishes("p=reject"), { author: authorFrom(...header) });
    expect(evaluation).toMatchObject({ result: "permerror", disposition: "none", authorDomain: undefined });
    sentences.push(...evaluation.explanation);
  }
  expect(new Set(sentences).size).toBe(5);
});

test("a result word of the caller's does not get into a sentence unless it is a word", async () => {
  const { explanation } = await evaluated(publishes("p=none"), {
    dkim: [{ result: "<b>fail</b>", signingDomain: "<script>.example" }],
  });
  expect(explanation.join(" ")).not.toMatch(/[<>]/);
});
