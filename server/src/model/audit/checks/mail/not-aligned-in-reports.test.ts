import { expect, test } from "vitest";
import { catalogueOf, entry } from "../../../provider/test-catalogue.ts";
import type { ReportedSource } from "../../evidence/reports.ts";
import { notAlignedInReports } from "./not-aligned-in-reports.ts";
import { context, domain, found, reports } from "./test-mail.ts";

const catalogue = catalogueOf(
  entry("microsoft365", { signsAs: ["*.onmicrosoft.com"], name: "Microsoft 365" }),
  entry("google-workspace", { signsAs: ["*.#.gappssmtp.com"], customDkim: "Admin console" }),
);
const source = (signingDomains: string[], changes: Partial<ReportedSource> = {}): ReportedSource => ({
  ip: "192.0.2.1",
  authorDomain: domain,
  signingDomains,
  messages: 12,
  byDkim: 0,
  bySpfAlone: 0,
  neither: 12,
  ...changes,
});
const ours = {
  authorDomain: domain,
  signingDomain: domain,
  selector: "s1",
  result: "fail",
  aligned: "yes",
  messages: 1,
} as const;
/** Beside what is told: mail From the domain that is in order, and very much of it unless a test says otherwise. */
const look = (sources: ReportedSource[], all = 10_000) =>
  found(
    notAlignedInReports,
    {
      reports: reports({
        messages: all,
        authorDomains: [{ domain, messages: all, byDkim: all - 12, bySpfAlone: 0, neither: 12 }],
        signatures: [ours],
        sources,
      }),
    },
    { ...context, catalogue },
  );
const tenant = "tenant.onmicrosoft.com";
const off = [
  { code: "NotAligned", severity: "high", subject: domain, summary: expect.stringMatching(/^custom DKIM is not/) },
];

test.each<[title: string, sources: ReportedSource[]]>([
  ["a provider that signs as itself alone", [source([tenant])]],
  ["the same from two servers: told once", [source([tenant]), source([tenant], { ip: "192.0.2.2" })]],
  ["Google's default for this domain", [source(["customer-example.20230601.gappssmtp.com"])]],
])("%s is custom DKIM that is not switched on, however little mail it is", (_title, sources) => {
  expect(look(sources)).toMatchObject(off);
});

test.each<[title: string, sources: ReportedSource[]]>([
  [
    "Google's default for another customer: it only came through there",
    [source(["example-net.20230601.gappssmtp.com"])],
  ],
  ["an aligned signature beside it that failed, which is another fault", [source([tenant, domain])]],
  ["mail that passes by DKIM", [source([tenant], { byDkim: 12, neither: 0 })]],
  ["mail that passes by SPF, which is told as that", [source([tenant], { bySpfAlone: 12, neither: 0 })]],
  ["a little mail that strangers sign", [source(["list.example.org"])]],
  ["a little unsigned mail, as forgers send it", [source([])]],
])("%s is nothing", (_title, sources) => {
  expect(look(sources)).toBe("passed");
});

test.each<[title: string, sources: ReportedSource[], all: number, summary: RegExp]>([
  [
    "failure mode 2: a tenth of all mail, signed for another domain",
    [source(["esp.example"])],
    120,
    /signed for esp\.example, not for your/,
  ],
  ["most of all mail, unsigned", [source([])], 20, /12 messages From customer\.example without a signature/],
])("%s is the domain's own", (_title, sources, all, summary) => {
  expect(look(sources, all)).toMatchObject([{ code: "NotAligned", summary: expect.stringMatching(summary) }]);
});

test("half of the mail, unsigned, may all be forged", () => {
  expect(look([source([])], 24)).toBe("passed");
});

test("without reports it needs them, and reports of nothing say nothing", () => {
  expect(found(notAlignedInReports, {})).toBe("needs evidence");
  expect(found(notAlignedInReports, { reports: reports({ messages: 0 }) })).toBe("does not apply");
});
