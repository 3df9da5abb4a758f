import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { parseFixture } from "../../../engine/resolver/fixture.ts";
import { gatherReports } from "./report-evidence.ts";

const folder = mkdtempSync(path.join(tmpdir(), "chancery-report-evidence-"));
afterAll(() => rmSync(folder, { recursive: true }));

const domain = "customer.example";
const now = 1_795_305_600;
type Row = {
  count?: number;
  ip?: string;
  from?: string;
  dkim?: string;
  spf?: string;
  signatures?: [d: string, s: string, result: string][];
};
const rowXml = ({
  count = 1,
  ip = "192.0.2.1",
  from = domain,
  dkim = "pass",
  spf = "fail",
  signatures = [[domain, "s1", "pass"]],
}: Row) =>
  `<record><row><source_ip>${ip}</source_ip><count>${count}</count><policy_evaluated><disposition>none</disposition><dkim>${dkim}</dkim><spf>${spf}</spf></policy_evaluated></row>` +
  `<identifiers><header_from>${from}</header_from></identifiers><auth_results>${signatures
    .map(([d, s, result]) => `<dkim><domain>${d}</domain><selector>${s}</selector><result>${result}</result></dkim>`)
    .join("")}</auth_results></record>`;

const reportXml = (rows: Row[], { id = "r1", begin = 1000, end = 2000, organization = "Example" } = {}) =>
  `<feedback><report_metadata><org_name>${organization}</org_name><email>d@example.org</email><report_id>${id}</report_id>` +
  `<date_range><begin>${begin}</begin><end>${end}</end></date_range></report_metadata>` +
  `<policy_published><domain>${domain}</domain><p>none</p></policy_published>${rows.map(rowXml).join("")}</feedback>`;

let files = 0;
function write(content: string | Buffer): string {
  const file = path.join(folder, `${++files}`);
  writeFileSync(file, content);
  return file;
}

function gather(...contents: (string | Buffer)[]) {
  const lookup = parseFixture(JSON.stringify({ "_dmarc.customer.example": { TXT: ["v=DMARC1; p=none"] } }));
  if (!lookup.ok) throw new Error(lookup.problem);
  return gatherReports({ files: contents.map(write), domain, lookup: lookup.value, now });
}

test("messages are added up by author, signature and source over all reports", async () => {
  const first = reportXml([
    {
      count: 5,
      signatures: [
        [domain, "s1", "pass"],
        ["esp.example", "k1", "pass"],
      ],
    },
    { count: 2, dkim: "fail", spf: "pass", signatures: [["esp.example", "k1", "pass"]] },
    { count: 3, ip: "198.51.100.1", dkim: "fail", signatures: [[domain, "forged", "fail"]] },
  ]);
  const second = reportXml([{ count: 10 }], { id: "r2", begin: 3000, end: 4000 });
  expect(await gather(first, gzipSync(Buffer.from(second)))).toMatchObject({
    duplicates: 0,
    begin: 1000,
    end: 4000,
    messages: 20,
    otherMessages: 0,
    authorDomains: [{ domain, messages: 20, byDkim: 15, bySpfAlone: 2, neither: 3 }],
    signatures: [
      { signingDomain: domain, selector: "s1", result: "pass", aligned: "yes", messages: 15 },
      { signingDomain: "esp.example", selector: "k1", result: "pass", aligned: "no", messages: 7 },
      { signingDomain: domain, selector: "forged", result: "fail", aligned: "yes", messages: 3 },
    ],
    sources: [
      { ip: "192.0.2.1", signingDomains: [domain, "esp.example"], messages: 17, byDkim: 15, bySpfAlone: 2, neither: 0 },
      { ip: "198.51.100.1", signingDomains: [domain], messages: 3, byDkim: 0, bySpfAlone: 0, neither: 3 },
    ],
    selectors: [
      {
        signingDomain: domain,
        selector: "s1",
        firstSeen: 1000,
        lastSeen: 4000,
        messages: 15,
        passed: 15,
        authenticated: 15,
      },
      {
        signingDomain: "esp.example",
        selector: "k1",
        firstSeen: 1000,
        lastSeen: 2000,
        messages: 7,
        passed: 7,
        authenticated: 7,
      },
      { signingDomain: domain, selector: "forged", messages: 3, passed: 0, authenticated: 0 },
    ],
  });
});

describe("DMARC-A-20 a report counts once", () => {
  const report = reportXml([{ count: 5 }]);
  test("however it comes again", async () => {
    expect(await gather(report, gzipSync(Buffer.from(report)), report)).toMatchObject({
      duplicates: 2,
      messages: 5,
      reports: [{ reportId: "r1" }],
    });
  });

  test.each([
    ["another reporter", { organization: "Other" }],
    ["another identifier", { id: "r2" }],
    ["another time", { begin: 1001 }],
  ])("unlike one of %s", async (_title, changes) => {
    expect(await gather(report, reportXml([{ count: 5 }], changes))).toMatchObject({ duplicates: 0, messages: 10 });
  });

  test("unlike one without an identifier, which is only itself", async () => {
    const nameless = reportXml([{ count: 5 }], { id: "" });
    expect(await gather(nameless, nameless)).toMatchObject({ duplicates: 0, messages: 10 });
  });
});

test("other domains are counted and not looked at, those below the domain are", async () => {
  const report = reportXml([
    { count: 1, from: `news.${domain}` },
    { count: 2, from: "example.net" },
    { count: 4, from: `not${domain}` },
  ]);
  expect(await gather(report)).toMatchObject({
    messages: 1,
    otherMessages: 6,
    authorDomains: [{ domain: `news.${domain}` }],
  });
});

test("what a reporter leaves out is worked out from what passed", async () => {
  const report = reportXml([{ count: 5 }, { count: 2, signatures: [["esp.example", "k1", "pass"]] }]).replace(
    /<dkim>pass<\/dkim><spf>fail<\/spf>/g,
    "",
  );
  expect(await gather(report)).toMatchObject({
    authorDomains: [{ messages: 7, byDkim: 5, bySpfAlone: 0, neither: 2 }],
  });
});

test("DMARC-A-15 what is no report leaves nothing behind, and is told with its reason", async () => {
  const broken = gzipSync(Buffer.from(reportXml(Array.from({ length: 1500 }, () => ({ count: 9 }))))).subarray(0, -20);
  const { messages, unread } = await gather(broken, "hello", reportXml([{ count: 1 }]));
  expect(messages).toBe(1);
  expect(unread).toMatchObject([
    { problem: expect.stringContaining("damaged or cut off") },
    { problem: expect.stringContaining("neither XML") },
  ]);
});

test("a file that is not there is told, and the others are read", async () => {
  const lookup = parseFixture("{}");
  if (!lookup.ok) throw new Error(lookup.problem);
  const missing = path.join(folder, "missing.xml");
  expect(
    await gatherReports({ files: [missing, folder, write(reportXml([{}]))], domain, lookup: lookup.value, now }),
  ).toMatchObject({
    messages: 1,
    unread: [
      { file: missing, problem: "cannot be read (ENOENT)" },
      { file: folder, problem: expect.stringMatching(/^a folder/) },
    ],
  });
});

test("DMARC-A-11 a row names a selector once, however many signatures do", async () => {
  const report = reportXml([
    {
      count: 5,
      signatures: [
        [domain, "s1", "pass"],
        [domain, "s1", "pass"],
      ],
    },
  ]);
  expect(await gather(report)).toMatchObject({ selectors: [{ selector: "s1", messages: 5 }] });
});

describe("DMARC-A-19 the mail that carries a report", () => {
  const mail = (...top: string[]) =>
    [
      ...top,
      "Received: from mx.reporter.example (mx.reporter.example [203.0.113.9]) by mx.customer.example; Sun, 22 Nov 2026 05:00:00 +0000",
      "From: dmarc@reporter.example",
      "Content-Type: text/xml",
      "",
      reportXml([{ count: 5 }]),
    ].join("\r\n");
  const told = (results: string) => `Authentication-Results: mx.customer.example; ${results}`;

  test.each([
    [
      "is authenticated where SPF passed for its author",
      mail(told("spf=pass smtp.mailfrom=reporter.example")),
      "authenticated",
    ],
    ["is unproven where nothing is told", mail(), "unproven"],
    ["is unproven where what passed is somebody else's", mail(told("spf=pass smtp.mailfrom=example.net")), "unproven"],
  ])("%s", async (_title, text, carrier) => {
    expect(await gather(text)).toMatchObject({ messages: 5, reports: [{ carrier }] });
  });

  test("leaves its report out where the receiver saw it fail DMARC", async () => {
    expect(
      await gather(mail(told("spf=fail smtp.mailfrom=reporter.example; dmarc=fail header.from=reporter.example"))),
    ).toMatchObject({
      messages: 0,
      reports: [],
      unread: [{ problem: expect.stringContaining("fails DMARC") }],
    });
  });

  test("does not matter for a report that came without one", async () => {
    expect(await gather(reportXml([{ count: 5 }]))).toMatchObject({ reports: [{ carrier: "none" }] });
  });
});
