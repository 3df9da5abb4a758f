import { expect, test } from "vitest";
import { type AuditFinding, type CheckOutcome, outcomeOf } from "./check.ts";
import type { FindingCode } from "./finding-codes.ts";

const finding = (code: FindingCode, severity: AuditFinding["severity"]): AuditFinding => ({
  code,
  severity,
  subject: "s1._domainkey.example.com",
  summary: "",
  evidence: [],
  remedy: "",
});
const high = finding("NoKeyRecord", "high");
const unknown = finding("Undetermined", "low");
const info = finding("SharedKey", "info");

test.each<[title: string, findings: AuditFinding[], state: CheckOutcome["state"]]>([
  ["nothing", [], "passed"],
  ["what is only good to know", [info], "passed"],
  ["a fault", [high], "failed"],
  ["a fault beside something unknown", [unknown, high], "failed"],
  ["something unknown", [unknown], "undetermined"],
  ["something unknown beside what is good to know", [info, unknown], "undetermined"],
])("%s comes to the state it should, and nothing of it is lost", (_title, findings, state) => {
  const outcome = outcomeOf(findings);
  expect(outcome.state).toBe(state);
  expect("findings" in outcome ? outcome.findings : []).toEqual(findings);
});
