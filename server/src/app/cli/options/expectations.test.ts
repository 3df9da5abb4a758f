import { expect, test } from "vitest";
import { shippedCatalogue } from "../../provider-catalogue.ts";
import { expectationsOf } from "./expectations.ts";

const said = (more: Partial<Parameters<typeof expectationsOf>[0]>) =>
  expectationsOf({ selector: [], expect: [], retired: [], ...more }, "example.com", shippedCatalogue());
const fingerprint = "ab".repeat(32);

test("--expect takes a target or a key", () => {
  expect(said({ expect: ["S1=S1.dkim.ESP.example.", `s2=${fingerprint}`] })).toMatchObject({
    targets: { "s1._domainkey.example.com": "s1.dkim.esp.example" },
    fingerprints: { "s2._domainkey.example.com": fingerprint },
  });
});

test("--selector takes a selector, and the key name that was pasted for one", () => {
  const selector = ["S1", "feb2026.mail", "s2._domainkey", "s3._domainkey.example.com."];
  expect(said({ selector }).selectors).toEqual(["s1", "feb2026.mail", "s2", "s3"]);
});

test("--retired takes an identifier, a name or a domain", () => {
  expect(said({ retired: ["SendGrid", "microsoft365", "esp.example"] }).retiredProviders).toEqual([
    "sendgrid",
    "microsoft365",
    "esp.example",
  ]);
});

test.each<[title: string, more: Parameters<typeof said>[0], problem: RegExp]>([
  ["no target", { expect: ["s1="] }, /not SELECTOR=TARGET/],
  ["no selector", { expect: ["=a.example"] }, /not SELECTOR=TARGET/],
  ["a selector with a blank", { selector: ["a b."] }, /is no selector/],
  ["no selector at all", { selector: [""] }, /is no selector/],
  ["another domain's key name", { selector: ["s1._domainkey.example.net"] }, /is no selector/],
  ["a key file that is not there", { expect: ["s1=/nowhere/s1.pem"] }, /^--expect: .*ENOENT/],
  ["a provider that nobody knows", { retired: ["sengrid"] }, /was sendgrid meant\?/],
])("%s is refused", (_title, more, problem) => {
  expect(() => said(more)).toThrow(problem);
});
