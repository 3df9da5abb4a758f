import { generateKeyPairSync } from "node:crypto";
import { fingerprintOf, formatKeyRecord } from "chancery/dkim";
import { describe, expect, test } from "vitest";
import { config, targetOf } from "../../../provider/microsoft365/test-worlds.ts";
import { catalogueOf, entry } from "../../../provider/test-catalogue.ts";
import type { TracedChain } from "../../../traced-chain.ts";
import { type AuditContext, type Check, defaultAuditPolicy } from "../../check.ts";
import type { AuditEvidence, SelectorEvidence } from "../../evidence.ts";
import { nothingExpected } from "../../expectations.ts";
import { microsoft365 } from "./microsoft365.ts";
import { requiredAliases } from "./required-aliases.ts";
import { sharedKey } from "./shared-key.ts";

const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const record = formatKeyRecord(publicKey);
const microsoft = entry("microsoft365", {
  targets: [{ pattern: "selector[12]-*._domainkey.*.[a-z0-9]-v#.dkim.mail.microsoft", example: targetOf("selector1") }],
  aliasSets: [["selector1", "selector2"]],
  aliasesRequired: "all",
  standby: "no-record",
  signsAs: ["*.onmicrosoft.com"],
});
const shared = { key: { scope: "all-customers", rotation: "provider" } };
const catalogue = catalogueOf(
  microsoft,
  entry("crowd", { targets: [{ pattern: "k.crowd.example", example: "k.crowd.example" }], ...shared }),
  entry("hearsay", {
    targets: [{ pattern: "k.hearsay.example", example: "k.hearsay.example" }],
    ...shared,
    evidence: { confidence: "medium", checked: "2026-01-31", sources: ["one"] },
  }),
);
const withPod = catalogueOf(
  entry("pod", { sharedKeys: [{ fingerprint: fingerprintOf(publicKey), selector: "m1", seen: "everywhere" }] }),
);
const context: AuditContext = { policy: defaultAuditPolicy, catalogue };

type End = "key" | "absent" | "unknown";
function selector(name: string, end: End, target?: string, more: Partial<SelectorEvidence> = {}): SelectorEvidence {
  const keyName = `${name}._domainkey.example.com`;
  const aliases = target === undefined ? [] : [{ name: keyName, target, ttlSeconds: 60 }];
  const at = { aliases, finalName: target ?? keyName };
  const ends: Record<End, TracedChain> = {
    key: { ...at, outcome: "present", texts: [{ text: record, ttlSeconds: 60 }] },
    absent: { ...at, outcome: "absent", reason: "nxdomain" },
    unknown: { ...at, outcome: "unknown", reason: "servfail" },
  };
  return { selector: name, keyName, sources: ["given"], chain: ends[end], ...more };
}
const evidenceOf = (selectors: SelectorEvidence[], more: Partial<AuditEvidence> = {}): AuditEvidence => ({
  domain: "example.com",
  at: 2000,
  dns: "file",
  selectors,
  discovery: { domainkeyNode: "exists", namesTried: 0 },
  expectations: nothingExpected,
  ...more,
});
/** The state of an outcome, or what was found. */
function found(check: Check, evidence: AuditEvidence, as: AuditContext = context): string | string[] {
  const outcome = check.look(evidence, as);
  return "findings" in outcome
    ? outcome.findings.map(
        ({ code, severity, subject }) => `${code} ${severity} ${subject.replace("._domainkey.example.com", "")}`,
      )
    : outcome.state;
}

const signs1 = [
  selector("selector1", "key", targetOf("selector1")),
  selector("selector2", "absent", targetOf("selector2")),
];
const one = [selector("selector1", "key", targetOf("selector1")), selector("selector2", "absent")];

describe("M365-01 both aliases", () => {
  test.each<[string, SelectorEvidence[], Partial<AuditEvidence>, string | string[]]>([
    ["are there", signs1, {}, "passed"],
    ["one is missing", one, {}, ["CnameMissing high selector2"]],
    ["one could not be looked up", [one[0]!, selector("selector2", "unknown")], {}, "passed"],
    ["nobody looked for the other", [one[0]!], {}, "passed"],
    [
      "the record stands at a wrong name, which is told elsewhere",
      [
        one[0]!,
        selector("selector2", "absent", undefined, {
          wrongHosts: [
            { name: "selector2.example.com", mistake: "_domainkey is missing", chain: selector("x", "key").chain },
          ],
        }),
      ],
      {},
      "passed",
    ],
    ["Microsoft's own word decides, in another check", one, { microsoft365: [config] }, "passed"],
    ["nothing of Microsoft's is there", [selector("selector1", "key")], {}, "does not apply"],
  ])("%s", (_, selectors, more, expected) =>
    expect(found(requiredAliases, evidenceOf(selectors, more))).toEqual(expected),
  );

  test("without a catalogue nothing is known", () => {
    expect(found(requiredAliases, evidenceOf(one), { policy: defaultAuditPolicy })).toBe("needs evidence");
  });
});

describe("what Microsoft says, and DNS", () => {
  const elsewhere = selector("selector1", "key", "selector1-other._domainkey.example.n-v1.dkim.mail.microsoft");
  test.each<[string, SelectorEvidence[], AuditEvidence["microsoft365"], string | string[]]>([
    ["nobody asked Microsoft", signs1, undefined, "needs evidence"],
    ["all is as it says", signs1, [config], "passed"],
    ["switched off", signs1, [{ ...config, enabled: false }], ["CustomDkimOff medium example.com"]],
    [
      "M365-09 the domain is not listed, its parent is",
      signs1,
      [{ ...config, domain: "example.net" }],
      ["CustomDkimOff medium example.com"],
    ],
    [
      "M365-06 an alias leads to another target than it gave out",
      [elsewhere, signs1[1]!],
      [config],
      ["CnameMismatch high selector1"],
    ],
    ["M365-07 an alias is not there", one, [config], ["CnameMissing high selector2"]],
    [
      "neither is there, and it is off",
      [selector("selector1", "absent"), selector("selector2", "absent")],
      [{ ...config, enabled: false }],
      ["CustomDkimOff medium example.com", "CnameMissing high selector1", "CnameMissing high selector2"],
    ],
    [
      "an alias that could not be looked up is not missing",
      [signs1[0]!, selector("selector2", "unknown")],
      [config],
      "passed",
    ],
    [
      "M365-04 a short key at rest",
      signs1,
      [{ ...config, keyBits: { selector1: 2048, selector2: 1024 } }],
      ["KeyWeak low selector2"],
    ],
    [
      "a short key that signs is seen in DNS",
      signs1,
      [{ ...config, keyBits: { selector1: 1024, selector2: 2048 } }],
      "passed",
    ],
    ["another provider's domain", [selector("s1", "key")], [{ ...config, domain: "example.net" }], "does not apply"],
    [
      "M365-01 crossed aliases show by themselves",
      [selector("selector1", "key", targetOf("selector2")), selector("selector2", "key", targetOf("selector1"))],
      undefined,
      ["CnameMismatch high selector1", "CnameMismatch high selector2"],
    ],
  ])("%s", (_, selectors, configs, expected) => {
    const evidence = evidenceOf(selectors, configs === undefined ? {} : { microsoft365: configs });
    const outcome = found(microsoft365, evidence);
    expect(outcome).toEqual(expected);
  });

  test("the remedy has the commands in order", () => {
    const outcome = microsoft365.look(evidenceOf(one, { microsoft365: [{ ...config, enabled: false }] }), context);
    expect("findings" in outcome && outcome.findings[0]?.remedy).toMatch(
      /^publish selector2\._domainkey\.example\.com CNAME .*; then run Set-DkimSigningConfig -Identity example\.com -Enabled \$true/,
    );
  });
});

describe("a key that all customers share", () => {
  test.each<[string, SelectorEvidence[], AuditContext, string | string[]]>([
    ["by the form of the alias", [selector("a", "key", "k.crowd.example")], context, ["SharedKey info a"]],
    [
      "by the key itself, at whatever selector",
      [selector("a", "key")],
      { ...context, catalogue: withPod },
      ["SharedKey info a"],
    ],
    ["the key of a customer's own", [selector("a", "key", targetOf("selector1"))], context, "passed"],
    ["a key of nobody known", [selector("a", "key")], context, "passed"],
    ["one source is not enough to say so", [selector("a", "key", "k.hearsay.example")], context, "passed"],
    ["no key at all", [selector("a", "absent", "k.crowd.example")], context, "does not apply"],
  ])("%s", (_, selectors, as, expected) => expect(found(sharedKey, evidenceOf(selectors), as)).toEqual(expected));
});
