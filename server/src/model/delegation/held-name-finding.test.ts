import { expect, test } from "vitest";
import type { Claim, DnsSettings } from "./delegation.ts";
import { heldNameFindings } from "./held-name-finding.ts";
import { day } from "../seconds.ts";

const dns: DnsSettings = { zone: "dkim.esp.example", nameservers: [], heldZone: "held.example" };
const claim: Claim = {
  domain: "customer.example",
  method: "third-party-domain",
  label: "s",
  seed: "seed",
  challengeToken: "token",
  options: { signingDomain: "abc.held.example" },
};
const now = 1_770_000_000;

test("that it does not align is said before it is used", () => {
  const [finding] = heldNameFindings(claim, dns, undefined, now);
  expect(finding).toMatchObject({ code: "NotAligned", severity: "high", subject: "customer.example" });
  expect(heldNameFindings({ ...claim, method: "cname-ring" }, dns, now, now)).toEqual([]);
});

test.each([
  [61, undefined, ""],
  [59, "medium", "ends on 2026-04-02"],
  [29, "high", "ends on 2026-03-03"],
  [-1, "high", "ended on 2026-02-01"],
])("with %i days left the registration is a finding: %s %s", (days, severity, words) => {
  const finding = heldNameFindings(claim, dns, now + days * day, now)[1];
  expect(finding?.severity).toBe(severity);
  expect(finding?.summary ?? "").toContain(words);
});

test("the registration of another zone says nothing of a name held in an older one", () => {
  const older = { ...claim, options: { signingDomain: "abc.older.example" } };
  expect(heldNameFindings(older, dns, now, now).map(({ code }) => code)).toEqual(["NotAligned"]);
});
