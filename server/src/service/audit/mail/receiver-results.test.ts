import { splitHeader } from "chancery/mail";
import { expect, test } from "vitest";
import { propertyOf, receiverResults } from "./receiver-results.ts";
import { signatureTold } from "./signature-told.ts";

function told(...lines: string[]) {
  const header = splitHeader(Buffer.from(`${lines.join("\r\n")}\r\n`));
  if (!header.ok) throw new Error(header.problem);
  const found = receiverResults(header.value);
  return found && { ...found, results: found.results.map(({ method, result }) => `${method}=${result}`) };
}

test("AR-11 what the receiver wrote above its Received field is told, in all of its fields", () => {
  expect(
    told(
      "Authentication-Results: mx.example.org; dmarc=pass header.from=customer.example",
      "Authentication-Results: MX.example.org; spf=pass smtp.mailfrom=customer.example; dkim=pass header.d=customer.example",
      "Received: from out.esp.example by mx.example.org; Sun, 22 Nov 2026 05:00:00 +0000",
      "From: a@customer.example",
    ),
  ).toEqual({ receiver: "mx.example.org", results: ["dmarc=pass", "spf=pass", "dkim=pass"] });
});

test("Gmail writes its results below its own Received fields, and they are told as well", () => {
  expect(
    told(
      "Delivered-To: you@example.org",
      "Received: by 2002:a05:1 with SMTP id x; Sun, 22 Nov 2026 05:00:01 +0000",
      "ARC-Authentication-Results: i=1; mx.google.com; dkim=fail header.d=customer.example",
      "Received: from out.esp.example by mx.google.com; Sun, 22 Nov 2026 05:00:00 +0000",
      "Authentication-Results: mx.google.com; dkim=pass header.i=@customer.example header.s=s1 header.b=AbCdEfGh",
    ),
  ).toEqual({ receiver: "mx.google.com", results: ["dkim=pass"] });
});

test("AR-11 what stands below the next Received field, or is somebody else's, is not believed", () => {
  expect(
    told(
      "Authentication-Results: mx.example.org; spf=fail smtp.mailfrom=customer.example",
      "Authentication-Results: evil.example; dkim=pass header.d=customer.example",
      "Received: from out.esp.example by mx.example.org; Sun, 22 Nov 2026 05:00:00 +0000",
      "Authentication-Results: mx.example.org; dkim=pass header.d=customer.example",
    ),
  ).toEqual({ receiver: "mx.example.org", results: ["spf=fail"] });
});

test("Exchange Online leaves its name out and writes an action that belongs to nothing", () => {
  expect(
    told(
      "Authentication-Results: spf=pass (sender IP is 192.0.2.1)",
      " smtp.mailfrom=customer.example; dkim=pass (signature was verified)",
      " header.d=customer.example;dmarc=pass action=none header.from=customer.example;compauth=pass reason=100",
      "Received: from x by y; Sun, 22 Nov 2026 05:00:00 +0000",
    ),
  ).toEqual({ receiver: "outlook.com", results: ["spf=pass", "dkim=pass", "dmarc=pass", "compauth=pass"] });
});

test("without such a field nothing is told", () => {
  expect(told("From: a@customer.example")).toBeUndefined();
  expect(told("Authentication-Results: what is this")).toBeUndefined();
});

const signature = { signingDomain: "customer.example", selector: "s1", signatureStart: "AbCdEfGhIj" };
const result = (word: string, properties: Record<string, string>) => ({
  method: "dkim",
  version: null,
  result: word,
  reason: null,
  properties: Object.entries(properties).map(([property, value]) => ({ ptype: "header", property, value })),
});

test.each([
  [
    "by the first octets of b=",
    [result("fail", { d: "customer.example", b: "ZZZZ" }), result("pass", { d: "customer.example", b: "AbCdEfGh" })],
    "pass",
  ],
  [
    "by its selector",
    [result("fail", { d: "customer.example", s: "s2" }), result("pass", { d: "customer.example", s: "S1" })],
    "pass",
  ],
  ["by its domain alone", [result("fail", { d: "esp.example" }), result("pass", { i: "@customer.example" })], "pass"],
  [
    "not, where the results of one domain differ",
    [result("fail", { d: "customer.example" }), result("pass", { d: "customer.example" })],
    undefined,
  ],
  ["not, where only another selector is named", [result("pass", { d: "customer.example", s: "s2" })], undefined],
  ["not, where only another domain is named", [result("pass", { d: "esp.example" })], undefined],
])("a result is matched to its signature %s", (_title, results, expected) => {
  expect(signatureTold(signature, results)).toBe(expected);
});

test("a property is found by type and name", () => {
  expect(propertyOf(result("pass", { d: "customer.example" }), "header", "d")).toBe("customer.example");
  expect(propertyOf(result("pass", { d: "customer.example" }), "smtp", "d")).toBeUndefined();
});
