// Aggregate reports of other projects, with what two independent XML parsers count in them.
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import type { ReportRow } from "chancery/dmarc";
import { readReport, type ReportOutcome } from "../server/src/engine/aggregate-reports/read-report.ts";
import { unpack } from "../server/src/engine/aggregate-reports/unpack.ts";

const corpora = process.env["CHANCERY_CORPORA"];

/** `expect` is what strict parsers read; where there are none that can, `error_expected` ends in what a lenient one may find. */
type Case = {
  file: string;
  expect?: {
    org_name: string | null;
    email: string;
    report_id: string;
    begin: string;
    end: string;
    domain: string;
    p: string;
    sp: string | null;
    np: string | null;
    records: number;
    messages: number;
    disposition_counts: Record<string, number>;
  };
  error_expected?: string;
};

type Read = { rows: ReportRow[]; outcome: ReportOutcome };

async function readFile(file: string): Promise<Read[]> {
  const unpacked = await unpack(readFileSync(file));
  if (!unpacked.ok) return [{ rows: [], outcome: { state: "quarantined", quarantine: unpacked.quarantine } }];
  const reports: Read[] = [];
  for (const { pieces } of unpacked.members) {
    const rows: ReportRow[] = [];
    const reading = readReport(pieces);
    let next = await reading.next();
    for (; next.done !== true; next = await reading.next()) rows.push(next.value);
    reports.push({ rows, outcome: next.value });
  }
  return reports;
}

const messagesOf = (rows: readonly ReportRow[]): number => rows.reduce((sum, { messages }) => sum + messages, 0);

if (corpora === undefined) {
  test.skipIf(process.env["CI"] === undefined)("the corpora were given", () => {
    expect.fail("CHANCERY_CORPORA is not set: the reports of other projects were not read");
  });
  console.warn("test/corpora-reports.test.ts was given no corpora: set CHANCERY_CORPORA to their folder to run them");
} else {
  const folder = path.join(corpora, "reports");
  const cases = JSON.parse(readFileSync(path.join(folder, "manifest.json"), "utf8")) as Case[];
  const aggregate = cases.filter(({ file }) => file.startsWith("aggregate/"));

  describe("other parsers count the same in an aggregate report", () => {
    test.each(aggregate.map((one) => [one.file, one] as const))(
      "%s",
      async (file, { expect: expected, error_expected }) => {
        const reports = await readFile(path.join(folder, file));
        expect(reports).toHaveLength(1);
        const { rows, outcome } = reports[0]!;
        if (outcome.state !== "read") return expect.fail(outcome.quarantine.detail);
        if (expected === undefined) {
          const lenient = JSON.parse(error_expected!.slice(error_expected!.indexOf("{"))) as Record<string, number>;
          expect({ records: rows.length, messages: messagesOf(rows) }).toEqual(lenient);
          expect(outcome.remarks.size).toBeGreaterThan(0);
          return;
        }
        const { metadata, policy } = outcome;
        const dispositions: Record<string, number> = {};
        for (const { disposition, messages } of rows)
          dispositions[disposition!] = (dispositions[disposition!] ?? 0) + messages;
        expect({
          org_name: metadata.organization,
          email: metadata.email,
          report_id: metadata.reportId,
          begin: metadata.begin,
          end: metadata.end,
          domain: policy.domain,
          p: policy.p,
          sp: policy.sp ?? null,
          np: policy.np ?? null,
          records: rows.length,
          messages: messagesOf(rows),
          disposition_counts: dispositions,
        }).toEqual({
          org_name: expected.org_name ?? "",
          email: expected.email,
          report_id: expected.report_id,
          begin: Math.floor(Number(expected.begin)),
          end: Math.floor(Number(expected.end)),
          domain: expected.domain,
          p: expected.p,
          sp: expected.sp,
          np: expected.np,
          records: expected.records,
          messages: expected.messages,
          disposition_counts: Object.fromEntries(
            Object.entries(expected.disposition_counts).map(([word, count]) => [word.toLowerCase(), count]),
          ),
        });
      },
    );
  });

  test.each(cases.filter(({ file }) => file.startsWith("tlsrpt/")).map(({ file }) => file))(
    "%s is no aggregate report",
    async (file) => {
      const [report] = await readFile(path.join(folder, file));
      expect(report!.outcome.state).toBe("quarantined");
    },
  );
}
