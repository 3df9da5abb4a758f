import { expect, test } from "vitest";
import type { Claim, DnsSettings } from "./delegation.ts";
import { heldNameFindings, heldZoneOf } from "./held-name-finding.ts";

const dns: DnsSettings = { zone: "dkim.esp.example", nameservers: [], heldZone: "held.example" };
const claim: Claim = {
  domain: "customer.example",
  method: "third-party-domain",
  label: "s",
  seed: "seed",
  challengeToken: "token",
  options: { signingDomain: "abc.held.example" },
};

test("that it does not align is said before it is used", () => {
  const [finding] = heldNameFindings(claim, dns);
  expect(finding).toMatchObject({ code: "NotAligned", severity: "high", subject: "customer.example" });
  expect(heldNameFindings({ ...claim, method: "cname-ring" }, dns)).toEqual([]);
});

test("the zone is the one that the name was given in, whatever the settings say since", () => {
  expect(heldZoneOf(claim, dns)).toBe("held.example");
  expect(heldZoneOf({ ...claim, options: { signingDomain: "abc.older.example" } }, dns)).toBe("older.example");
  expect(heldZoneOf({ ...claim, method: "cname-ring" }, dns)).toBeUndefined();
});
