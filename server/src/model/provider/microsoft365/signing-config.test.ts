import { assert, json, property, uint8Array } from "fast-check";
import { expect, test } from "vitest";
import { parseSigningConfigs } from "./signing-config.ts";

const listed = {
  Domain: "Example.com",
  Selector1KeySize: 2048,
  Selector1CNAME: "selector1-example-com0a._domainkey.Example.n-v1.dkim.mail.microsoft",
  Selector2KeySize: 1024,
  Selector2CNAME: "selector2-example-com0a._domainkey.Example.n-v1.dkim.mail.microsoft.",
  Enabled: true,
  KeyCreationTime: "2026-01-14T18:54:40.7066975Z",
  RotateOnDate: "2026-07-14T18:54:40.7066975Z",
  SelectorBeforeRotateOnDate: "selector2",
  SelectorAfterRotateOnDate: "selector1",
  Status: "Valid",
};
const octets = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

test("M365-04 the targets are read as Microsoft gives them out", () => {
  expect(parseSigningConfigs(octets(listed))).toEqual({
    ok: true,
    value: [
      {
        domain: "example.com",
        enabled: true,
        status: "Valid",
        targets: {
          selector1: "selector1-example-com0a._domainkey.example.n-v1.dkim.mail.microsoft",
          selector2: "selector2-example-com0a._domainkey.example.n-v1.dkim.mail.microsoft",
        },
        keyBits: { selector1: 2048, selector2: 1024 },
        keysMadeAt: 1_768_416_880,
        rotatesAt: 1_784_055_280,
        signsBefore: "selector2",
        signsAfter: "selector1",
      },
    ],
  });
});

test("one object, a list and a wrapped list say the same", () => {
  const one = parseSigningConfigs(octets(listed));
  expect(parseSigningConfigs(octets([listed]))).toEqual(one);
  expect(parseSigningConfigs(octets({ value: [listed], Count: 1 }))).toEqual(one);
  expect(parseSigningConfigs(Buffer.from(`\uFEFF${JSON.stringify(listed)}`, "utf16le"))).toEqual(one);
});

test("what is not said stays open", () => {
  const { Domain, ...rest } = listed;
  expect(parseSigningConfigs(octets({ Name: Domain, Identity: "x" })).ok).toBe(true);
  expect(parseSigningConfigs(octets({ Identity: Domain, Status: 3, Enabled: null, Selector1CNAME: "" }))).toMatchObject(
    {
      value: [{ domain: "example.com", enabled: undefined, status: undefined, targets: { selector1: undefined } }],
    },
  );
  expect(parseSigningConfigs(octets(rest)).ok).toBe(false);
});

test.each([
  ["", "not JSON: the output of Get-DkimSigningConfig | ConvertTo-Json is expected"],
  ["Domain : example.com", "not JSON: the output of Get-DkimSigningConfig | ConvertTo-Json is expected"],
  ["[]", "no domain in it"],
  ["3", "no domain in it"],
  ["[3]", "entry 1: not an object"],
  ['[{"Domain":"example.com"},{}]', "entry 2: it names no domain (Domain, Name or Identity)"],
  ['{"Domain":"example.com; Remove-Mailbox"}', "entry 1: it names no domain (Domain, Name or Identity)"],
  ['{"Domain":"$(evil).example"}', "entry 1: it names no domain (Domain, Name or Identity)"],
])("%s is refused", (text, problem) =>
  expect(parseSigningConfigs(Buffer.from(text))).toMatchObject({ ok: false, problem }),
);

test("whatever the file has in it, the answer is a value", () => {
  assert(
    property(uint8Array({ maxLength: 400 }), (bytes) => typeof parseSigningConfigs(bytes).ok === "boolean"),
    { numRuns: 300 },
  );
  assert(
    property(json(), (text) => typeof parseSigningConfigs(Buffer.from(text)).ok === "boolean"),
    { numRuns: 300 },
  );
  expect(parseSigningConfigs(Buffer.from("[".repeat(1_000_000))).ok).toBe(false);
  expect(parseSigningConfigs(new Uint8Array(8_388_609)).ok).toBe(false);
});
