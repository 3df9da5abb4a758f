import { expect, test } from "vitest";
import type { ReportRemark } from "./aggregate-report.ts";
import { reportTextCharactersMax, type ReportElement } from "./element.ts";
import { readReportRow } from "./read-row.ts";

const leaf = (name: string, text: string): ReportElement => ({ name, text, children: [] });
const node = (name: string, ...children: ReportElement[]): ReportElement => ({ name, text: "", children });

const dkim = (domain: string, selector: string | undefined, result: string): ReportElement =>
  node(
    "dkim",
    leaf("domain", domain),
    ...(selector === undefined ? [] : [leaf("selector", selector)]),
    leaf("result", result),
  );
const spf = (domain: string, result: string, scope?: string): ReportElement =>
  node("spf", leaf("domain", domain), ...(scope === undefined ? [] : [leaf("scope", scope)]), leaf("result", result));

type Parts = {
  source?: string;
  count?: string;
  evaluated?: ReportElement[];
  identifiers?: ReportElement[];
  results?: ReportElement[];
};
const record = ({ source = "192.0.2.1", count = "3", evaluated, identifiers, results = [] }: Parts): ReportElement =>
  node(
    "record",
    node(
      "row",
      leaf("source_ip", source),
      leaf("count", count),
      node(
        "policy_evaluated",
        ...(evaluated ?? [leaf("disposition", "none"), leaf("dkim", "pass"), leaf("spf", "fail")]),
      ),
    ),
    node("identifiers", ...(identifiers ?? [leaf("header_from", "example.com")])),
    node("auth_results", ...results),
  );

function read(parts: Parts) {
  const remarks: ReportRemark[] = [];
  return { row: readReportRow(record(parts), (remark) => remarks.push(remark)), remarks };
}

test("DMARC-A-08 a row has its source, its identifiers and every result, each with domain, selector and word", () => {
  const { row, remarks } = read({
    identifiers: [
      leaf("envelope_from", "bounces.example.net"),
      leaf("header_from", "Example.COM"),
      leaf("envelope_to", "example.org"),
    ],
    results: [
      dkim("example.com", "s1", "pass"),
      dkim("esp.example", "k1", "fail"),
      spf("bounces.example.net", "softfail", "mfrom"),
    ],
  });
  expect(row).toEqual({
    sourceIp: "192.0.2.1",
    messages: 3,
    disposition: "none",
    dkim: "pass",
    spf: "fail",
    overrides: [],
    headerFrom: "example.com",
    envelopeFrom: "bounces.example.net",
    envelopeTo: "example.org",
    dkimResults: [
      { domain: "example.com", selector: "s1", result: "pass" },
      { domain: "esp.example", selector: "k1", result: "fail" },
    ],
    spfResults: [{ domain: "bounces.example.net", scope: "mfrom", result: "softfail" }],
  });
  expect(remarks).toEqual([]);
});

test("DMARC-A-08 an older report may leave the selector out, check HELO and give several SPF results", () => {
  const { row } = read({
    results: [
      dkim("example.com", undefined, "pass"),
      spf("mx.example.net", "pass", "helo"),
      spf("example.net", "none"),
    ],
  });
  expect(row?.dkimResults).toEqual([{ domain: "example.com", selector: undefined, result: "pass" }]);
  expect(row?.spfResults).toEqual([
    { domain: "mx.example.net", scope: "helo", result: "pass" },
    { domain: "example.net", scope: undefined, result: "none" },
  ]);
});

test.each(["", "<>"])("DMARC-A-08 an envelope_from of %j is the null reverse-path", (text) => {
  const identifiers = [leaf("envelope_from", text), leaf("header_from", "example.com")];
  expect(read({ identifiers }).row?.envelopeFrom).toBe("");
});

test.each(["none", "pass", "quarantine", "reject"])("DMARC-A-05 the disposition %s is read", (word) => {
  const { row, remarks } = read({ evaluated: [leaf("disposition", word)] });
  expect(row?.disposition).toBe(word);
  expect(remarks).toEqual([]);
});

test.each([
  "local_policy",
  "mailing_list",
  "other",
  "policy_test_mode",
  "trusted_forwarder",
  "forwarded",
  "sampled_out",
])("DMARC-A-06 the override %s is read, with its comment", (type) => {
  const { row, remarks } = read({ evaluated: [node("reason", leaf("type", type), leaf("comment", "arc=pass"))] });
  expect(row?.overrides).toEqual([{ type, comment: "arc=pass" }]);
  expect(remarks).toEqual([]);
});

test("DMARC-A-06 an override that no version has is another one, with a remark", () => {
  const { row, remarks } = read({ evaluated: [node("reason", leaf("type", "because"))] });
  expect(row?.overrides).toEqual([{ type: "other", comment: "" }]);
  expect(remarks).toEqual(["unknown-value"]);
});

test.each(["none", "pass", "fail", "policy", "neutral", "temperror", "permerror"])(
  "DMARC-A-09 the DKIM result %s is read",
  (word) => {
    const { row, remarks } = read({ results: [dkim("example.com", "s1", word)] });
    expect(row?.dkimResults[0]?.result).toBe(word);
    expect(remarks).toEqual([]);
  },
);

test.each([
  ["hardfail", "fail"],
  ["unknown", "temperror"],
  ["error", "permerror"],
  ["SoftFail", "softfail"],
])("DMARC-A-09 the older SPF result %s means %s, with a remark", (written, meant) => {
  const { row, remarks } = read({ results: [spf("example.com", written)] });
  expect(row?.spfResults[0]?.result).toBe(meant);
  expect(remarks).toEqual(["legacy-value"]);
});

test("DMARC-A-09 softfail is no result of DKIM, and what no list has counts as not said", () => {
  const { row, remarks } = read({
    results: [dkim("example.com", "s1", "softfail"), dkim("example.com", "s2", "__proto__")],
  });
  expect(row?.dkimResults.map(({ result }) => result)).toEqual([undefined, undefined]);
  expect(remarks).toEqual(["unknown-value", "unknown-value"]);
});

test("DMARC-A-12 of 150 signatures the first hundred are taken", () => {
  const { row, remarks } = read({
    results: Array.from({ length: 150 }, (_, at) => dkim("example.com", `s${at}`, "pass")),
  });
  expect(row?.dkimResults).toHaveLength(100);
  expect(row?.dkimResults.at(-1)?.selector).toBe("s99");
  expect(remarks).toEqual(["cut-short"]);
});

test.each(["", "0", "-1", "1.5", "many", "99999999999999"])(
  "DMARC-A-15 a row whose count is %j cannot be counted, and is left out",
  (count) => {
    expect(read({ count })).toEqual({ row: undefined, remarks: ["bad-count"] });
  },
);

test.each([
  ["2001:DB8::1", "2001:db8::1", []],
  ["108r.166.27.220", undefined, ["not-an-address"]],
  ["256.1.1.1", undefined, ["not-an-address"]],
  ["", undefined, ["missing-element"]],
])("DMARC-A-15 a source of %j is read as %j", (source, expected, remarks) => {
  expect(read({ source })).toMatchObject({ row: { sourceIp: expected }, remarks });
});

test("DMARC-A-15 texts for people lose control characters and what turns writing around, and are cut at the limit", () => {
  const comment = `a\u0007b\u202ec${"x".repeat(2 * reportTextCharactersMax)}`;
  const { row, remarks } = read({ evaluated: [node("reason", leaf("type", "other"), leaf("comment", comment))] });
  expect(row?.overrides[0]?.comment).toMatch(/^a b cx+$/);
  expect(row?.overrides[0]?.comment.length).toBeLessThanOrEqual(reportTextCharactersMax);
  expect(remarks).toEqual(["cut-short"]);
});

test("DMARC-A-15 an author domain that is none is not one, and is remarked on", () => {
  const { row, remarks } = read({ identifiers: [leaf("header_from", "example.com<foo")] });
  expect(row?.headerFrom).toBeUndefined();
  expect(remarks).toEqual(["not-a-domain", "missing-element"]);
});
