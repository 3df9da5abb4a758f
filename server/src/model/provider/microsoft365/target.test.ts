import { expect, test } from "vitest";
import { readMicrosoftTarget } from "./target.ts";

test("M365-01 the older form", () => {
  expect(readMicrosoftTarget("selector2-example-com._domainkey.example.onmicrosoft.com")).toEqual({
    form: "older",
    selector: "selector2",
    label: "example-com",
    tenant: "example",
  });
});

test("M365-02 the newer form", () => {
  expect(readMicrosoftTarget("selector1-example-com0a._domainkey.example.n-v1.dkim.mail.microsoft")).toEqual({
    form: "newer",
    selector: "selector1",
    label: "example-com0a",
    tenant: "example",
    partition: "n",
    version: "1",
  });
});

test("M365-04 any single character may be the partition", () => {
  for (const partition of "abcdefghijklmnopqrstuvwxyz0123456789")
    expect(
      readMicrosoftTarget(`selector1-example-com._domainkey.example.${partition}-v1.dkim.mail.microsoft`),
    ).toMatchObject({ partition });
});

test("M365-05 -v2 is of the same form", () => {
  expect(readMicrosoftTarget("selector2-example-com._domainkey.example.n-v2.dkim.mail.microsoft")).toMatchObject({
    version: "2",
  });
});

test("M365-06 the label is not turned back into a domain: two come to the same", () => {
  const label = (domain: string): string => domain.replaceAll(".", "-");
  expect(label("a-b.example")).toBe(label("a.b.example"));
  expect(readMicrosoftTarget("selector1-a-b-example._domainkey.example.onmicrosoft.com")).not.toHaveProperty("domain");
});

test.each([
  "selector3-example-com._domainkey.example.onmicrosoft.com",
  "selector1-._domainkey.example.onmicrosoft.com",
  "selector1-example-com.example.onmicrosoft.com",
  "selector1-example-com._domainkey.onmicrosoft.com",
  "selector1-example-com._domainkey.example.notonmicrosoft.com",
  "selector1-example-com._domainkey.example.onmicrosoft.com.example.net",
  "selector1-example-com._domainkey.example.nn-v1.dkim.mail.microsoft",
  "selector1-example-com._domainkey.example.n-v.dkim.mail.microsoft",
  "selector1-example-com._domainkey.n-v1.dkim.mail.microsoft",
])("%s is none", (name) => expect(readMicrosoftTarget(name)).toBeUndefined());
