import { describe, expect, test } from "vitest";
import { selectorNotSigning } from "./selector-not-signing.ts";
import { staleSelector } from "./stale-selector.ts";
import { day, domain, found, mail, message, now, reports, seenSelector, selector } from "./test-mail.ts";

describe("SelectorNotSigning", () => {
  test("failure mode 1: a CNAME is there, and the provider does not sign with that selector", () => {
    const selectors = [selector("s1"), selector("k1", "k1._domainkey.u7.esp.example")];
    expect(
      found(selectorNotSigning, { selectors, mail: mail([message()], { selectors: [seenSelector("s1")] }) }),
    ).toMatchObject([
      {
        code: "SelectorNotSigning",
        severity: "low",
        subject: `k1._domainkey.${domain}`,
        summary: expect.stringMatching(
          /^the CNAME is there, and nothing is signed with k1: the provider behind k1\._domainkey\.u7\.esp\.example/,
        ),
      },
    ]);
  });

  test("a record of one's own that nothing is signed with, by reports", () => {
    const seen = {
      selectors: [selector("s1"), selector("old")],
      reports: reports({ selectors: [seenSelector("s1")] }),
    };
    expect(found(selectorNotSigning, seen)).toMatchObject([
      { subject: `old._domainkey.${domain}`, summary: expect.stringMatching(/^the key is live/) },
    ]);
  });

  test("a selector of the same name in another domain does not count as seen", () => {
    const seen = mail([message()], { selectors: [seenSelector("s1", { signingDomain: "esp.example" })] });
    expect(found(selectorNotSigning, { selectors: [selector("s1")], mail: seen })).toHaveLength(1);
  });

  test("nothing where the other key of the same provider signs: it is kept for the next rotation", () => {
    const selectors = ["selector1", "selector2"].map((name) =>
      selector(name, `${name}-customer-example._domainkey.customer.onmicrosoft.com`),
    );
    const seen = mail([message()], { selectors: [seenSelector("selector2")] });
    expect(found(selectorNotSigning, { selectors, mail: seen })).toBe("passed");
  });

  test("nothing where the selector signs, though nothing passes: that is another fault", () => {
    const seen = mail([message()], { selectors: [seenSelector("s1", { passed: 0 })] });
    expect(found(selectorNotSigning, { selectors: [selector("s1")], mail: seen })).toBe("passed");
  });

  test("nothing where no key is live", () => {
    const gone = {
      ...selector("s1"),
      chain: { aliases: [], finalName: `s1._domainkey.${domain}`, outcome: "absent", reason: "nxdomain" },
    } as const;
    expect(found(selectorNotSigning, { selectors: [gone], mail: mail([message()]) })).toBe("passed");
  });

  test("without any mail From the domain nothing can be said", () => {
    expect(found(selectorNotSigning, { selectors: [selector("s1")] })).toBe("needs evidence");
    expect(found(selectorNotSigning, { selectors: [selector("s1")], mail: mail([]) })).toBe("does not apply");
  });
});

describe("StaleSelector", () => {
  const seenUpTo = (lastSeen: number) => ({
    selectors: [selector("s1"), selector("old")],
    reports: reports({ selectors: [seenSelector("s1"), seenSelector("old", { firstSeen: lastSeen - day, lastSeen })] }),
  });

  test("a selector that has signed nothing for longer than the set time", () => {
    expect(found(staleSelector, seenUpTo(now - 91 * day))).toMatchObject([
      {
        code: "StaleSelector",
        severity: "low",
        subject: `old._domainkey.${domain}`,
        summary: expect.stringMatching(/for 91 days/),
      },
    ]);
  });

  test("nothing within the set time", () => {
    expect(found(staleSelector, seenUpTo(now - 89 * day))).toBe("passed");
  });

  test("nothing where all evidence is old: what happened since, nobody knows", () => {
    const lastSeen = now - 400 * day;
    const old = reports({ begin: lastSeen - day, end: lastSeen, selectors: [seenSelector("s1", { lastSeen })] });
    expect(found(staleSelector, { selectors: [selector("s1")], reports: old })).toBe("passed");
  });

  test("nothing where mail shows it and reports do not", () => {
    const { selectors, reports: old } = seenUpTo(now - 91 * day);
    const seen = mail([message()], { selectors: [seenSelector("old")] });
    expect(found(staleSelector, { selectors, reports: old, mail: seen })).toBe("passed");
  });

  test("nothing of a selector that was never seen, nor of one whose record is gone", () => {
    const gone = {
      ...selector("old"),
      chain: { aliases: [], finalName: "x", outcome: "absent", reason: "nxdomain" },
    } as const;
    const { reports: old } = seenUpTo(now - 91 * day);
    expect(found(staleSelector, { selectors: [gone, selector("new")], reports: old })).toBe("passed");
  });

  test("without dates it does not apply, without evidence it needs some", () => {
    const undated = reports({
      begin: undefined,
      end: undefined,
      selectors: [seenSelector("s1", { lastSeen: undefined })],
    });
    expect(found(staleSelector, { selectors: [selector("s1")], reports: undated })).toBe("does not apply");
    expect(found(staleSelector, {})).toBe("needs evidence");
  });
});
