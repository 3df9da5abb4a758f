import { describe, expect, test } from "vitest";
import { parseFixture } from "../../engine/resolver/fixture.ts";
import type { Lookup } from "../../engine/resolver/resolution.ts";
import type { Claim, DnsSettings, MethodName } from "../../model/delegation/delegation.ts";
import { beforeItStarts, compareMethods } from "./advise.ts";
import { forecastAlignment } from "./forecast.ts";

const dns: DnsSettings = {
  zone: "dkim.esp.example",
  nameservers: [{ name: "ns1.esp.example", addresses: ["192.0.2.1"] }],
};
type Names = Record<string, object>;
function lookupOf(names: Names): Lookup {
  const parsed = parseFixture(JSON.stringify(names));
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.value;
}
const silent = { error: "TIMEOUT" };
const claimOf = (domain: string, method: MethodName): Claim => ({
  domain,
  method,
  label: "esp",
  seed: "seed",
  challengeToken: "token",
  options: {},
});

describe("how mail will align (RFC 9989 §4.4)", () => {
  const relaxed = { "_dmarc.example.com": { TXT: ["v=DMARC1; p=none"] } };
  const strict = { "_dmarc.example.com": { TXT: ["v=DMARC1; p=none; adkim=s"] } };
  test.each<[string, string, Names, "yes" | "no" | "unknown", RegExp]>([
    ["news@example.com", "example.com", relaxed, "yes", /aligned \(the same domain\)/],
    ["news@example.com", "mail.example.com", relaxed, "yes", /aligned \(relaxed; adkim=r at example.com\)/],
    [
      "example.com",
      "mail.example.com",
      strict,
      "no",
      /not aligned, because adkim=s at example.com asks for the very same/,
    ],
    ["example.com", "example.com", strict, "yes", /the same domain/],
    ["example.com", "mail.example.com", {}, "yes", /no DMARC policy, so relaxed/],
    ["example.net", "mail.example.com", relaxed, "no", /do not belong to the same organizational domain/],
    ["example.com", "mail.example.com", { "_dmarc.example.com": silent }, "unknown", /DNS did not answer/],
  ])("From %s signed with d=%s, policy %j: %s", async (from, signingDomain, names, aligned, text) => {
    const [forecast] = await forecastAlignment([from], signingDomain, lookupOf(names));
    expect(forecast).toMatchObject({ aligned, text: expect.stringMatching(text) });
  });

  test("what is neither an address nor a domain is refused", async () => {
    await expect(forecastAlignment(["news@"], "example.com", lookupOf({}))).rejects.toMatchObject({
      code: "invalid-input",
    });
  });
});

describe("what a delegation would take along", () => {
  const live = {
    "mail.example.com": { A: ["192.0.2.9"], MX: ["10 mx.example.com."], TXT: ["v=spf1 -all"] },
    "google._domainkey.example.com": { TXT: ["v=DKIM1; p=AA"] },
    "example.com": { A: ["192.0.2.8"] },
    "esp1._domainkey.example.com": { CNAME: "esp1.vendor.example" },
  };
  test.each<[MethodName, string, Names, string[]]>([
    ["ns-subdomain", "mail.example.com", live, ["LiveWebSite", "LiveMail", "LiveSpf"]],
    ["ns-subdomain", "email.example.com", live, []],
    ["ns-domainkey", "example.com", live, ["MainDomain", "OtherSelectors"]],
    ["ns-branch", "example.com", live, ["MainDomain"]],
    ["ns-branch", "mail.example.com", live, []],
    ["cname-ring", "example.com", live, ["MainDomain", "NameInUse"]],
    [
      "cname-ring",
      "mail.example.com",
      { "*._domainkey.mail.example.com": { TXT: ["any"] }, "mail.example.com": { A: ["192.0.2.9"] } },
      ["WildcardInTheWay"],
    ],
  ])("%s of %s", async (method, domain, names, codes) => {
    const { warnings } = await beforeItStarts(claimOf(domain, method), [], dns, lookupOf(names));
    expect(warnings.map(({ code }) => code)).toEqual(codes);
    for (const { summary, remedy } of warnings) expect([summary, remedy].every((text) => text.length > 20)).toBe(true);
  });

  test("where DNS cannot be asked it says so, and warns of nothing", async () => {
    const nothing: Lookup = {
      lookup: async (name, type) => ({
        question: { name, type },
        aliases: [],
        finalName: name,
        records: [],
        zones: [],
        exchanges: [],
        outcome: "unknown",
        reason: "timeout",
      }),
    };
    const before = await beforeItStarts(claimOf("example.com", "cname-ring"), ["example.com"], dns, nothing);
    expect(before).toMatchObject({ dns: "unavailable", warnings: [], forecast: [{ aligned: "yes" }] });
  });
});

describe("which method is recommended", () => {
  const methods: MethodName[] = ["third-party-domain", "ns-domainkey", "ns-subdomain", "ns-branch", "cname-ring"];
  const main = { "example.com": { A: ["192.0.2.8"], MX: ["10 mx.example.com."] } };
  test.each<[string, string, Names, MethodName, MethodName]>([
    ["a main domain", "example.com", main, "cname-ring", "third-party-domain"],
    ["a subdomain that carries nothing", "email.example.com", main, "ns-subdomain", "third-party-domain"],
    [
      "a subdomain with a web site",
      "www.example.com",
      { ...main, "www.example.com": { A: ["192.0.2.8"] } },
      "cname-ring",
      "third-party-domain",
    ],
    [
      "names of the ring in use",
      "example.com",
      { ...main, "esp2._domainkey.example.com": { TXT: ["v=DKIM1; p=AA"] } },
      "ns-branch",
      "third-party-domain",
    ],
    [
      "a wildcard below _domainkey",
      "example.com",
      { ...main, "*._domainkey.example.com": { TXT: ["any"] } },
      "ns-branch",
      "third-party-domain",
    ],
    [
      "a branch name that is delegated elsewhere, and the ring in use",
      "example.com",
      {
        ...main,
        "esp1._domainkey.example.com": { TXT: ["x"] },
        "esp._domainkey.example.com": { NS: ["ns.vendor.example."] },
      },
      "ns-domainkey",
      "third-party-domain",
    ],
  ])("%s", async (_, domain, names, first, last) => {
    const advice = await compareMethods(domain, methods, { label: "esp", dns }, lookupOf(names));
    expect(advice.recommended).toBe(first);
    expect(advice.methods.at(-1)?.method).toBe(last);
    expect(advice.methods).toHaveLength(methods.length);
  });

  test("for no domain in particular the order is the usual one, and nothing is asked", async () => {
    const lookup: Lookup = { lookup: () => Promise.reject(new Error("asked")) };
    const advice = await compareMethods(undefined, methods, { label: "esp", dns }, lookup);
    expect(advice).toMatchObject({ recommended: "cname-ring", dns: "not-asked" });
  });
});
