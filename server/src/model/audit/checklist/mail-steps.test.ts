import { expect, test } from "vitest";
import { domain, evidence, mail, message, now, reports, seenSelector } from "../checks/mail/test-mail.ts";
import type { AuditFinding } from "../check.ts";
import { context } from "../checks/mail/test-mail.ts";
import type { AuditEvidence } from "../evidence.ts";
import { checklist } from "./checklist.ts";

const stepOf = (name: string, seen: Partial<AuditEvidence>, codes: AuditFinding["code"][] = []) => {
  const findings = codes.map((code): AuditFinding => ({
    code,
    severity: "low",
    subject: domain,
    summary: "",
    evidence: [],
    remedy: "",
  }));
  return checklist(evidence(seen), findings, context).find(({ step }) => step === name);
};
const s1 = { selectors: [seenSelector("s1")] };
const bothSeen = { mail: mail([message()], s1), reports: reports(s1) };

test.each([
  "from-domains",
  "headers-captured",
  "signatures-seen",
  "signature-passes",
  "dmarc-by-dkim",
  "stale-selectors",
])("%s needs evidence without mail and reports, and where neither has mail From the domain", (step) => {
  expect(stepOf(step, {})).toMatchObject({ state: "needs evidence", needed: expect.stringContaining("--mail FILE") });
  expect(stepOf(step, { mail: mail([]), reports: reports({ messages: 0 }) })).toMatchObject({
    state: "needs evidence",
    needed: expect.stringContaining(`From ${domain}: there is none`),
  });
});

test.each([
  ["from-domains", [`${domain}: 1 at hand, 10 in reports`]],
  ["headers-captured", ["sent by out.example.net, return path bounces.example.net"]],
  ["signatures-seen", [`s1._domainkey.${domain}`]],
  ["signature-passes", [`s1._domainkey.${domain} passes`]],
  ["dmarc-by-dkim", [`${domain}: 10 of 10 reported`]],
  ["stale-selectors", []],
])("%s is done where mail shows it, and says what was seen", (step, seen) => {
  expect(stepOf(step, bothSeen)).toMatchObject({ state: "done", seen });
});

test("headers of a path that only reports show are still missing", () => {
  const more = reports({ selectors: [seenSelector("s1"), seenSelector("k1", { signingDomain: "esp.example" })] });
  expect(stepOf("headers-captured", { ...bothSeen, reports: more })).toMatchObject({
    state: "needs evidence",
    needed: expect.stringContaining("k1._domainkey.esp.example"),
  });
});

test("a signature that was never seen to pass is not said to", () => {
  const failing = { selectors: [seenSelector("s1", { passed: 0 })] };
  expect(stepOf("signature-passes", { mail: mail([message()], failing) })).toMatchObject({ state: "needs evidence" });
});

test("evidence without a date says nothing of what is stale", () => {
  expect(stepOf("stale-selectors", { mail: mail([message({ at: undefined })], s1) })).toMatchObject({
    state: "needs evidence",
  });
  expect(stepOf("stale-selectors", { mail: mail([message({ at: now })], s1) })).toMatchObject({ state: "done" });
});

test.each([
  ["signature-passes", "NotAligned"],
  ["signature-passes", "SignatureExpired"],
  ["dmarc-by-dkim", "CustomDkimOff"],
  ["dmarc-by-dkim", "SpfOnlyAlignment"],
  ["stale-selectors", "StaleSelector"],
] as const)("%s fails on %s", (step, code) => {
  expect(stepOf(step, bothSeen, [code])).toMatchObject({ state: "failed", findings: [code] });
});
