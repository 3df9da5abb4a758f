import { expect, test } from "vitest";
import { signingDomain } from "./domain-name.ts";

test.each([
  ["Customer.Example.", "customer.example"],
  ["bücher.example", "xn--bcher-kva.example"],
  ["news.example.co.uk", "news.example.co.uk"],
])("%s is stored as %s", (written, stored) => {
  expect(signingDomain(written)).toBe(stored);
});

test.each([
  "",
  "localhost",
  "co.uk",
  "github.io",
  "192.0.2.1",
  "a..example",
  "-a.example",
  "s1._domainkey.customer.example",
  `${"a".repeat(64)}.example`,
  "a b.example",
  'x".example',
  "customer.example\\",
  "customer.example/x",
  "customer.example?x",
  "customer%2eexample",
  "cust\tomer.example",
])("R-34 %j is refused", (written) => {
  expect(() => signingDomain(written)).toThrow(expect.objectContaining({ name: "Refusal", code: "invalid-input" }));
});
