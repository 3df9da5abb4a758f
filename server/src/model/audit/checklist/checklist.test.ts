import { describe, expect, test } from "vitest";
import { type AuditFinding, defaultAuditPolicy } from "../check.ts";
import type { AuditEvidence } from "../evidence.ts";
import { nothingExpected } from "../expectations.ts";
import type { FindingCode } from "../finding-codes.ts";
import { checklist } from "./checklist.ts";

const key = { text: "v=DKIM1; p=AAAA", ttlSeconds: 3600 };
const evidence = (more: Partial<AuditEvidence> = {}): AuditEvidence => ({
  domain: "example.com",
  at: 1_795_000_000,
  dns: "file",
  selectors: [],
  discovery: { domainkeyNode: "unknown", namesTried: 0 },
  expectations: nothingExpected,
  ...more,
});
const s1: AuditEvidence["selectors"][number] = {
  selector: "s1",
  keyName: "s1._domainkey.example.com",
  sources: ["given"],
  chain: { aliases: [], finalName: "s1._domainkey.example.com", outcome: "present", texts: [key] },
};
const finding = (code: FindingCode, severity: AuditFinding["severity"] = "high"): AuditFinding => ({
  code,
  severity,
  subject: "s1._domainkey.example.com",
  summary: "",
  evidence: [],
  remedy: "",
});
const stateOf = (step: string, seen: AuditEvidence, findings: readonly AuditFinding[] = []) =>
  checklist(seen, findings, { policy: defaultAuditPolicy }).find((one) => one.step === step)?.state;

test("there are twelve steps, each with a name of its own", () => {
  const names = checklist(evidence(), [], { policy: defaultAuditPolicy }).map(({ step }) => step);
  expect(new Set(names).size).toBe(12);
});

test("with nothing at hand every step needs evidence and says which", () => {
  for (const { step, state, needed } of checklist(evidence(), [], { policy: defaultAuditPolicy }))
    expect([step, state, needed !== undefined && needed !== ""]).toEqual([step, "needs evidence", true]);
});

describe("a record that DNS shows", () => {
  const seen = evidence({ selectors: [s1] });

  test.each(["owner-name", "record-type", "chain-and-key"])("does %s", (step) => {
    expect(stateOf(step, seen)).toBe("done");
  });

  test.each<[step: string, code: FindingCode]>([
    ["owner-name", "WrongHost"],
    ["record-type", "ConflictingRecords"],
    ["chain-and-key", "KeyMalformed"],
    ["signature-passes", "NotAligned"],
    ["dmarc-by-dkim", "SpfOnlyAlignment"],
    ["stale-selectors", "StaleSelector"],
    ["retired-providers", "RetiredProviderSelector"],
    ["off-boarding", "ProviderCanStillSign"],
  ])("fails %s with %s, whatever else is missing", (step, code) => {
    expect(stateOf(step, seen, [finding(code)])).toBe("failed");
  });

  test("with an answer missing, a step is neither done nor failed", () => {
    expect(stateOf("chain-and-key", seen, [finding("Undetermined", "low")])).toBe("needs evidence");
  });

  test("the mild form of a fault fails nothing: a key of 1024 bits is a key", () => {
    expect(stateOf("chain-and-key", seen, [finding("KeyWeak", "low")])).toBe("done");
    expect(stateOf("chain-and-key", seen, [finding("KeyWeak", "critical")])).toBe("failed");
  });

  test("shows nothing of mail", () => {
    for (const step of ["from-domains", "headers-captured", "signatures-seen", "signature-passes"])
      expect(stateOf(step, seen)).toBe("needs evidence");
  });
});

test("where nothing is published, what kind of record it is cannot be said", () => {
  const absent = { ...s1, chain: { ...s1.chain, outcome: "absent" as const, reason: "nxdomain" as const } };
  expect(stateOf("record-type", evidence({ selectors: [absent] }), [finding("NoKeyRecord")])).toBe("needs evidence");
});

describe("mail and reports", () => {
  const signed = {
    signingDomain: "example.com",
    selector: "s1",
    firstSeen: 1,
    lastSeen: 2,
    messages: 3,
    authenticated: 3,
  };
  const reports = (passed: number): Partial<AuditEvidence> => ({
    reports: {
      reports: [],
      duplicates: 0,
      begin: 1,
      end: 2,
      messages: 3,
      otherMessages: 0,
      authorDomains: [{ domain: "example.com", messages: 3, byDkim: passed, bySpfAlone: 0, neither: 3 - passed }],
      signatures: [],
      sources: [],
      selectors: [{ ...signed, passed }],
      unread: [],
    },
  });

  test.each(["from-domains", "signatures-seen", "signature-passes", "dmarc-by-dkim", "stale-selectors"])(
    "reports of signatures that pass do %s",
    (step) => {
      expect(stateOf(step, evidence({ selectors: [s1], ...reports(3) }))).toBe("done");
    },
  );

  test("reports do not show headers, and a signature that never passes shows no pass", () => {
    expect(stateOf("headers-captured", evidence(reports(3)))).toBe("needs evidence");
    expect(stateOf("signature-passes", evidence(reports(0)))).toBe("needs evidence");
  });

  test("off-boarding needs the provider's name, and mail from after the end", () => {
    const gone = { ...nothingExpected, retiredProviders: ["oldesp"] };
    expect(stateOf("off-boarding", evidence({ expectations: gone }))).toBe("needs evidence");
    expect(stateOf("off-boarding", evidence({ expectations: gone, ...reports(3) }))).toBe("done");
    expect(stateOf("retired-providers", evidence({ expectations: gone }))).toBe("done");
  });
});
