import { describe, expect, test } from "vitest";
import type { SeenMessage } from "../../evidence/mail.ts";
import { manySenders } from "./many-senders.ts";
import { oneClick } from "./one-click.ts";
import { domain, found, mail, message, reports, seenSelector, selector, signature } from "./test-mail.ts";
import { thirdParty } from "./third-party.ts";

describe("ManySendersOneDomain", () => {
  const at = (names: readonly string[]) => names.map((name) => selector(name, `${name}._domainkey.c1.${name}.example`));
  const signed = (names: readonly string[]) => reports({ selectors: names.map((name) => seenSelector(name)) });

  test("four services sign as the domain", () => {
    const names = ["esp-a", "esp-b", "esp-c", "esp-d"];
    expect(found(manySenders, { selectors: at(names), reports: signed(names) })).toMatchObject([
      { code: "ManySendersOneDomain", severity: "low", subject: domain, summary: expect.stringMatching(/^4 services/) },
    ]);
  });

  test("nothing where three do, or a fourth is only published", () => {
    const names = ["esp-a", "esp-b", "esp-c"];
    expect(found(manySenders, { selectors: at([...names, "esp-d"]), reports: signed(names) })).toBe("passed");
  });

  test("nothing where one service signs with many keys", () => {
    const names = ["k1", "k2", "k3", "k4"];
    const selectors = names.map((name) => selector(name, `${name}._domainkey.c1.esp.example`));
    expect(found(manySenders, { selectors, reports: signed(names) })).toBe("passed");
  });

  test("nothing where a fourth only fails", () => {
    const names = ["esp-a", "esp-b", "esp-c", "esp-d"];
    const seen = reports({ selectors: names.map((name) => seenSelector(name, name === "esp-d" ? { passed: 0 } : {})) });
    expect(found(manySenders, { selectors: at(names), reports: seen })).toBe("passed");
    expect(found(manySenders, {})).toBe("needs evidence");
  });
});

describe("ThirdPartyOnMainDomain", () => {
  const selectors = [selector("k1", "k1._domainkey.c1.esp.example"), selector("s1")];
  const campaign = (changes: Partial<SeenMessage> = {}) =>
    message({ bulk: true, signatures: [signature({ selector: "k1" })], ...changes });

  test("campaigns of a third party From the organizational domain itself", () => {
    expect(found(thirdParty, { selectors, mail: mail([campaign()]) })).toMatchObject([
      {
        code: "ThirdPartyOnMainDomain",
        severity: "low",
        subject: domain,
        summary: expect.stringContaining("_domainkey.c1.esp.example"),
      },
    ]);
  });

  test.each([
    ["they are From a subdomain", campaign({ authorDomain: `news.${domain}` })],
    ["it is no bulk mail", campaign({ bulk: false })],
  ])("does not apply where %s", (_title, seen) => {
    expect(found(thirdParty, { selectors, mail: mail([seen]) })).toBe("does not apply");
  });

  test("nothing where the domain signs with a key of its own, or the domain audited is a subdomain", () => {
    expect(found(thirdParty, { selectors, mail: mail([campaign({ signatures: [signature()] })]) })).toBe("passed");
    const below = mail([campaign()], { organizationalDomain: "example" });
    expect(found(thirdParty, { selectors, mail: below })).toBe("does not apply");
    expect(found(thirdParty, { selectors })).toBe("needs evidence");
  });
});

describe("one-click unsubscribe", () => {
  const offer = { uris: { https: 1, mailto: 1, other: 0 }, oneClick: true };
  const signedFields = ["from", "list-unsubscribe", "list-unsubscribe-post"];
  const bulk = (unsubscribe: SeenMessage["unsubscribe"], fields = signedFields) =>
    message({ bulk: true, unsubscribe, signatures: [signature({ signedFields: fields })] });

  test.each([
    ["no List-Unsubscribe", { uris: undefined, oneClick: undefined }],
    ["no https address", { uris: { https: 0, mailto: 1, other: 0 }, oneClick: true }],
    ["two https addresses", { uris: { https: 2, mailto: 0, other: 0 }, oneClick: true }],
    ["no List-Unsubscribe-Post", { uris: { https: 1, mailto: 0, other: 0 }, oneClick: undefined }],
    ["a List-Unsubscribe-Post that says something else", { uris: { https: 1, mailto: 0, other: 0 }, oneClick: false }],
  ])("UNS-01 is missing where there is %s", (_title, unsubscribe) => {
    expect(found(oneClick, { mail: mail([bulk(unsubscribe)]) })).toMatchObject([
      { code: "OneClickMissing", severity: "low", subject: domain },
    ]);
  });

  test.each([
    ["neither field", ["from"]],
    ["the address alone", ["from", "list-unsubscribe"]],
    ["List-Unsubscribe-Post alone", ["from", "list-unsubscribe-post"]],
  ])("UNS-02 is not signed where %s is signed", (_title, fields) => {
    expect(found(oneClick, { mail: mail([bulk(offer, fields)]) })).toMatchObject([
      { code: "OneClickUnsigned", severity: "medium", subject: domain },
    ]);
  });

  test("UNS-01 UNS-02 nothing where it is offered and signed", () => {
    expect(found(oneClick, { mail: mail([bulk(offer)]) })).toBe("passed");
  });

  test("UNS-01 does not apply to mail between people", () => {
    expect(found(oneClick, { mail: mail([message()]) })).toBe("does not apply");
    expect(found(oneClick, {})).toBe("needs evidence");
  });

  test("UNS-02 is not asked of mail without a signature that passes: that is another finding", () => {
    const unsigned = message({ bulk: true, unsubscribe: offer, signatures: [] });
    expect(found(oneClick, { mail: mail([unsigned]) })).toBe("passed");
  });
});
