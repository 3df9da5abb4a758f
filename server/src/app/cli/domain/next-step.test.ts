import type { CustomerRecord, Domain, Finding } from "@chancery/api";
import { expect, test } from "vitest";
import { findingsText } from "../records-text.ts";
import { nextStepText } from "./next-step.ts";

const record = (state: CustomerRecord["state"], changes: Partial<CustomerRecord> = {}): CustomerRecord => ({
  name: "esp1._domainkey.customer.example",
  type: "CNAME",
  ttl: 3600,
  data: "abc.dkim.esp.example",
  purpose: "key",
  state,
  checkedAt: 1,
  ...changes,
});
const finding = (changes: Partial<Finding>): Finding => ({
  code: "Undetermined",
  severity: "low",
  subject: "a.customer.example",
  summary: "no answer",
  evidence: [],
  remedy: "nothing yet",
  ...changes,
});
const domain = (changes: Partial<Domain>): Domain => ({
  domain: "customer.example",
  tenant: "default",
  method: "cname-ring",
  status: "pending",
  claim: "pending",
  proof: "challenge",
  locked: false,
  createdAt: 1,
  records: [],
  findings: [],
  signingDomain: "customer.example",
  customerZone: null,
  move: null,
  registration: null,
  notes: [],
  ...changes,
});
const verified = { claim: "verified", status: "valid" } as const;
const atCloudflare = { name: "customer.example", nameServers: ["ada.ns.cloudflare.com"] };

test.each<[string, Partial<Domain>, string]>([
  [
    "publish the records, before anybody has looked",
    { records: [record("unknown", { checkedAt: null }), record("unknown", { checkedAt: null, name: "b" })] },
    'publish the 2 records that are missing, as "chancery records customer.example --format instructions" says; then: chancery domain verify',
  ],
  [
    "publish the one that is absent, at the host that is known",
    { records: [record("present"), record("absent", { name: "b.customer.example" })], customerZone: atCloudflare },
    'publish the record b.customer.example CNAME, which is missing, as "chancery records customer.example --format instructions" says for Cloudflare',
  ],
  [
    "put right what is wrong",
    { records: [record("wrong")] },
    "put right the record esp1._domainkey.customer.example CNAME, which is wrong: below is how",
  ],
  ["wait where nobody answers", { records: [record("unknown")] }, "nothing yet: the name servers gave no answer"],
  ["wait for the look that counts", { records: [record("present")] }, "nothing: it is looked at again by itself"],
  [
    "nothing, of a domain in force",
    { ...verified, records: [record("present")] },
    "nothing: every record is as it should be",
  ],
  [
    "bring a key, where the proof alone is there",
    { ...verified, method: "customer-key", records: [record("present", { purpose: "proof of control" })] },
    'bring a key: "chancery key import customer.example --selector S --key FILE"',
  ],
  [
    "nothing about names of later keys",
    { ...verified, records: [record("present"), record("absent", { purpose: "key to come" })] },
    "nothing: every record",
  ],
  [
    "nothing about a DS record",
    { ...verified, records: [record("present"), record("absent", { type: "DS" })] },
    "nothing: every record",
  ],
  [
    "the worst finding first",
    {
      ...verified,
      records: [record("absent")],
      findings: [finding({ code: "TakeoverRisk", severity: "critical", remedy: "take it out" })],
    },
    "TakeoverRisk, today: take it out",
  ],
  [
    "what a high finding asks for",
    { ...verified, records: [], findings: [finding({ code: "NotAligned", severity: "high", remedy: "delegate" })] },
    "NotAligned: delegate",
  ],
  [
    "say which selectors are used",
    {
      records: [record("present")],
      findings: [finding({ code: "SelectorsNotImported", severity: "medium", remedy: "name each" })],
    },
    "name each",
  ],
  [
    "what is asked for by a rotation",
    {
      ...verified,
      records: [record("present")],
      findings: [finding({ code: "CustomerActionDue", remedy: "publish x" })],
    },
    "publish x; then: chancery domain verify",
  ],
  [
    "prove control again",
    { claim: "suspended", status: "failed", records: [record("absent")] },
    "publish the proof of control again",
  ],
  [
    "nothing, of a released domain",
    { claim: "released", status: "failed", records: [record("present")] },
    "nothing: customer.example is released",
  ],
])("%s", (_title, changes, says) => {
  expect(nextStepText(domain(changes))).toContain(`What to do next: ${says}`);
});

test("findings are told the worst first, and the same of several names once", () => {
  const seenAt = 1_800_000_000;
  const silent = (subject: string): Finding => finding({ subject, evidence: ["ns1 192.0.2.1: timeout"], seenAt });
  expect(
    findingsText([
      silent("a"),
      finding({ severity: "high", code: "CnameMissing", subject: "c", remedy: "publish c" }),
      silent("b"),
    ]),
  ).toBe(
    [
      "high CnameMissing c: no answer",
      "  do:    publish c",
      "low Undetermined a, b: no answer (seen 2027-01-15T08:00:00Z)",
      "  seen:  ns1 192.0.2.1: timeout",
      "  do:    nothing yet",
    ].join("\n"),
  );
});
