import { describe, expect, test } from "vitest";
import { parseCatalogue, type Catalogue } from "../../../provider/catalogue.ts";
import type { SeenMessage } from "../../evidence/mail.ts";
import { notAligned } from "./not-aligned.ts";
import { spfOnly } from "./spf-only.ts";
import {
  context,
  domain,
  failing,
  found,
  mail,
  message,
  selector,
  signature,
  unalignedSignature,
} from "./test-mail.ts";

const look = (seen: SeenMessage) => found(notAligned, { mail: mail([seen]) });
const elsewhere = unalignedSignature("esp.example");

describe("mail without an aligned signature that passes is found", () => {
  test.each<[title: string, seen: SeenMessage, summary: RegExp]>([
    [
      "failure mode 2: signed for another domain",
      message({ signatures: [elsewhere] }),
      /signed for esp\.example, not for your From domain/,
    ],
    ["not signed at all", message({ signatures: [] }), /without a signature/],
    [
      "an aligned signature that fails, beside another's that passes",
      message({ signatures: [failing("body-hash-mismatch"), elsewhere] }),
      /whose signature for customer\.example does not pass: it fails: body-hash-mismatch \(selector s1\)/,
    ],
    [
      "DMARC-E-03 an identity of ours under a domain that is not",
      message({ signatures: [{ ...elsewhere, identity: `@${domain}` }] }),
      /signed for esp\.example/,
    ],
    [
      "a subdomain where the policy asks for the very same domain",
      message({ signatures: [signature({ signingDomain: `mail.${domain}`, alignment: "relaxed", aligned: "no" })] }),
      /signed for mail\.customer\.example/,
    ],
    [
      "SPF that passes for somebody else",
      message({
        signatures: [elsewhere],
        spf: { result: "pass", domain: "esp.example", aligned: "no", source: "now" },
      }),
      /signed for/,
    ],
    ["only SHA-1", message({ signatures: [failing("sha1", { algorithm: "rsa-sha1" })] }), /does not pass/],
  ])("%s", (_title, seen, summary) => {
    expect(look(seen)).toMatchObject([
      { code: "NotAligned", severity: "high", subject: domain, summary: expect.stringMatching(summary) },
    ]);
  });

  test("messages with one cause are one finding, those with another a second", () => {
    const messages = [
      message({ signatures: [elsewhere] }),
      message({ signatures: [elsewhere] }),
      message({ signatures: [] }),
    ];
    expect(found(notAligned, { mail: mail(messages) })).toMatchObject([
      { summary: expect.stringMatching(/^2 messages From customer\.example signed for/) },
      { summary: expect.stringMatching(/^1 message From customer\.example without/) },
    ]);
  });

  test("a key at fault that nobody looks at by its name", () => {
    const seen = message({ signatures: [failing("key-not-found", { signingDomain: `mail.${domain}` })] });
    expect(look(seen)).toMatchObject([{ code: "NotAligned" }]);
  });
});

describe("nothing is found", () => {
  test.each<[title: string, seen: SeenMessage]>([
    [
      "DMARC-E-05 where an unaligned signature stands beside an aligned pass",
      message({ signatures: [elsewhere, signature()] }),
    ],
    [
      "where a signature that fails stands beside an aligned pass",
      message({ signatures: [failing("signature-mismatch"), signature()] }),
    ],
    [
      "where a subdomain signs and the policy is relaxed",
      message({ signatures: [signature({ signingDomain: `mail.${domain}`, alignment: "relaxed" })] }),
    ],
    [
      "where the receiver saw it pass, and the key is gone since",
      message({
        signatures: [signature({ now: { result: "permerror", reason: "key-not-found", detail: "" }, told: "pass" })],
      }),
    ],
    ["where DNS does not answer for the key", message({ signatures: [signature({ standing: "unknown" })] })],
    [
      "where DNS does not answer for the alignment",
      message({ signatures: [signature({ alignment: "unknown", aligned: "unknown" })] }),
    ],
    ["where mail stays within an organization of Microsoft's", message({ signatures: [], withinOrganization: true })],
    [
      "where DMARC passes by SPF, which is another finding",
      message({ signatures: [elsewhere], spf: { result: "pass", domain, aligned: "yes", source: "told" } }),
    ],
  ])("%s", (_title, seen) => {
    expect(look(seen)).toBe("passed");
  });

  test("where the fault is the key's, which is told at its name", () => {
    const seen = message({ signatures: [failing("key-not-found")] });
    expect(found(notAligned, { mail: mail([seen]), selectors: [selector("s1")] })).toBe("passed");
  });

  test("without messages", () => {
    expect(found(notAligned, {})).toBe("needs evidence");
    expect(found(notAligned, { mail: mail([]) })).toBe("does not apply");
  });
});

const catalogueOf = (signsAs: string): Catalogue => {
  const entry = {
    id: "esp",
    name: "Example ESP",
    kind: "sender",
    modes: ["cname"],
    selectors: [],
    signsAs: [signsAs],
    key: { scope: "per-customer", rotation: "provider" },
    customDkim: "Settings > Domains",
    evidence: { confidence: "high", checked: "2026-11-21", sources: ["itself"] },
  };
  const read = parseCatalogue({ version: "2026.11.1", files: [{ file: "esp.json", text: JSON.stringify(entry) }] });
  return read.ok ? read.value : expect.fail(read.problem);
};

describe("a provider that signs as itself", () => {
  const catalogue = catalogueOf("esp.example");
  const seen = { mail: mail([message({ signatures: [elsewhere] })]) };
  test("is told as custom DKIM that is not switched on there", () => {
    expect(found(notAligned, seen, { ...context, catalogue })).toMatchObject([
      {
        code: "NotAligned",
        severity: "high",
        subject: domain,
        summary: expect.stringMatching(/^custom DKIM is not switched on at Example ESP/),
        remedy: expect.stringContaining("Settings > Domains"),
      },
    ]);
  });

  test("is told also where DMARC passes by SPF, as it does for mailbox providers", () => {
    const bySpf = message({ signatures: [elsewhere], spf: { result: "pass", domain, aligned: "yes", source: "now" } });
    for (const check of [notAligned, spfOnly])
      expect(found(check, { mail: mail([bySpf]) }, { ...context, catalogue })).toHaveLength(1);
    expect(found(notAligned, { mail: mail([bySpf]) })).toBe("passed");
  });

  test("is a domain like any other without the catalogue, and beside another domain's signature", () => {
    const both = { mail: mail([message({ signatures: [elsewhere, unalignedSignature("other.example")] })]) };
    for (const outcome of [found(notAligned, seen), found(notAligned, both, { ...context, catalogue })])
      expect(outcome).toMatchObject([{ code: "NotAligned", summary: expect.not.stringContaining("custom DKIM") }]);
  });

  test("beside an aligned pass is nothing", () => {
    const both = { mail: mail([message({ signatures: [elsewhere, signature()] })]) };
    expect(found(notAligned, both, { ...context, catalogue })).toBe("passed");
  });
});
