import { describe, expect, test } from "vitest";
import { spfOnly } from "./spf-only.ts";
import { domain, found, mail, message, reports, signature, unalignedSignature } from "./test-mail.ts";

const bySpf = { result: "pass", domain, aligned: "yes", source: "told" } as const;

describe("DMARC that rests on SPF alone is found", () => {
  test("in a message", () => {
    const seen = message({ signatures: [unalignedSignature("esp.example")], spf: bySpf });
    expect(found(spfOnly, { mail: mail([seen]) })).toMatchObject([
      {
        code: "SpfOnlyAlignment",
        severity: "medium",
        subject: domain,
        summary: expect.stringMatching(/\(1 message at hand\)/),
      },
    ]);
  });

  test("in reports, with the sources", () => {
    const source = {
      ip: "192.0.2.7",
      authorDomain: domain,
      signingDomains: ["esp.example"],
      messages: 4,
      byDkim: 0,
      bySpfAlone: 4,
      neither: 0,
    };
    const seen = reports({
      authorDomains: [{ domain, messages: 10, byDkim: 6, bySpfAlone: 4, neither: 0 }],
      sources: [source],
    });
    expect(found(spfOnly, { reports: seen })).toMatchObject([
      {
        code: "SpfOnlyAlignment",
        summary: expect.stringMatching(/\(4 of 10 reported\)/),
        evidence: ["reported from 192.0.2.7: 4 messages, signed for esp.example"],
      },
    ]);
  });

  test("in both, as one finding", () => {
    const seen = message({ signatures: [], spf: bySpf });
    const reported = reports({ authorDomains: [{ domain, messages: 4, byDkim: 0, bySpfAlone: 4, neither: 0 }] });
    expect(found(spfOnly, { mail: mail([seen]), reports: reported })).toHaveLength(1);
  });
});

test.each([
  ["an aligned signature passes as well", message({ signatures: [signature()], spf: bySpf })],
  ["SPF passes for somebody else", message({ signatures: [], spf: { ...bySpf, aligned: "no" } })],
  ["SPF fails", message({ signatures: [], spf: { ...bySpf, result: "fail" } })],
  ["DNS does not answer for the key", message({ signatures: [signature({ standing: "unknown" })], spf: bySpf })],
])("nothing is found where %s", (_title, seen) => {
  expect(found(spfOnly, { mail: mail([seen]) })).toBe("passed");
});

test("nothing is found in reports where what SPF passes for is signed, and where nothing passes at all", () => {
  expect(
    found(spfOnly, {
      reports: reports({ authorDomains: [{ domain, messages: 9, byDkim: 5, bySpfAlone: 0, neither: 4 }] }),
    }),
  ).toBe("passed");
});

test("without messages and reports it needs evidence", () => {
  expect(found(spfOnly, {})).toBe("needs evidence");
  expect(found(spfOnly, { mail: mail([]), reports: reports({ messages: 0, authorDomains: [] }) })).toBe(
    "does not apply",
  );
});
