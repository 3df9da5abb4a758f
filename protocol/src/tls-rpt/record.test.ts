import { expect, test } from "vitest";
import { isTlsRptRecord, parseTlsRptRecord } from "./record.ts";

test("TLSR-01 the examples of RFC 8460 §3.1", () => {
  expect(parseTlsRptRecord("v=TLSRPTv1; rua=mailto:reports@example.com")).toMatchObject({
    ok: true,
    value: { rua: [{ scheme: "mailto", host: "example.com" }], unusable: 0 },
  });
  expect(parseTlsRptRecord("v=TLSRPTv1; rua=https://reporting.example.com/v1/tlsrpt")).toMatchObject({
    ok: true,
    value: {
      rua: [{ scheme: "https", host: "reporting.example.com", uri: "https://reporting.example.com/v1/tlsrpt" }],
    },
  });
});

test("TLSR-01 several addresses, those that nobody reports to counted", () => {
  const record = parseTlsRptRecord(
    "v=TLSRPTv1;rua=mailto:a@example.com , https://[x/ ,ftp://example.com,https://b.example:8443/?q;",
  );
  expect(record).toMatchObject({ ok: true, value: { unusable: 2 } });
  expect(record.ok && record.value.rua.map(({ uri }) => uri)).toEqual([
    "mailto:a@example.com",
    "https://b.example:8443/?q",
  ]);
});

test.each<[text: string, problem: RegExp]>([
  ["v=TLSRPTv1;", /rua= is missing/],
  ["v=TLSRPTv1; rua=reports@example.com", /neither/],
  ["v=TLSRPTv1; rua=http://example.com/", /neither/],
  ["v=TLSRPTv1; rua=mailto:a@example.com; rua=mailto:b@example.com", /twice/],
  ["v=TLSRPTv1 rua=mailto:a@example.com", /begin/],
  ["v=tlsrptv1; rua=mailto:a@example.com", /begin/],
  ["rua=mailto:a@example.com; v=TLSRPTv1", /begin/],
  [`v=TLSRPTv1; rua=mailto:${"a".repeat(5000)}@example.com`, /over 4096/],
])("TLSR-01 %j is no record", (text, problem) => {
  expect(parseTlsRptRecord(text)).toMatchObject({ ok: false, problem: expect.stringMatching(problem) as string });
});

test("only what begins like one counts as one", () => {
  expect(isTlsRptRecord("v=TLSRPTv1;")).toBe(true);
  expect(isTlsRptRecord("v=TLSRPTv10; rua=mailto:a@example.com")).toBe(false);
});
