import { generateKeyPairSync } from "node:crypto";
import { gzipSync } from "node:zlib";
import { formatKeyRecord, sign } from "chancery/dkim";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { zip } from "../../engine/aggregate-reports/test-report.ts";
import { type DatabaseOptions, openDatabase } from "../../engine/database/open.ts";
import { listReports, pruneReports, reportCoverage, reportedUses } from "../../engine/database/reports.ts";
import { addTenant } from "../../engine/database/rows.fixture.ts";
import type { Database } from "../../engine/database/schema.ts";
import { aggregateXml, failureMail } from "./report.fixture.ts";
import { takeReport, type TakenFile } from "./take-report.ts";

const domain = "customer.example";
const day = 86_400;
const now = 1_770_000_000;
const yesterday = { begin: now - 2 * day, end: now - day };

/** Reports and mail as evidence of use, on a database of either kind. */
export function describeReports(fresh: () => Promise<DatabaseOptions>): void {
  let db: Database;
  let tenantId: string;
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const resolveTxt = async (name: string): Promise<string[][]> => {
    if (name === `given._domainkey.${domain}`) return [[formatKeyRecord(publicKey)]];
    throw Object.assign(new Error(name), { code: "ENOTFOUND" });
  };
  const take = (file: string | Uint8Array, at = now): Promise<TakenFile> =>
    takeReport({ db, resolveTxt }, { tenantId, octets: Buffer.from(file), now: at });
  const uses = (selector: string, of = tenantId) => reportedUses(db, of, { signingDomain: domain, selector });
  beforeAll(async () => {
    db = await openDatabase(await fresh());
    tenantId = await addTenant(db);
  });
  afterAll(() => db.destroy());

  describe("reports as evidence of use", () => {
    test("an aggregate report shows its selectors in use, by source; XML, gzip and zip are one report", async () => {
      const xml = aggregateXml(domain, yesterday, [
        { count: 5, signatures: [[domain, "vendor", "pass"]] },
        {
          count: 2,
          source: "192.0.2.9",
          signatures: [
            [domain, "Vendor", "pass"],
            [domain, "vendor", "fail"],
          ],
        },
        { count: 3, signatures: [[domain, "forged", "fail"]] },
      ]);
      const { reports } = await take(xml);
      expect(reports).toMatchObject([{ outcome: "taken", organization: "Receiver", domain, messages: 10 }]);
      for (const again of [gzipSync(xml), zip([{ name: "r.xml", octets: Buffer.from(xml) }])])
        expect((await take(again)).reports).toMatchObject([{ outcome: "known" }]);
      expect(await uses("vendor")).toEqual([
        {
          organization: "Receiver",
          endAt: now - day,
          takenAt: now,
          passed: 7,
          failed: 0,
          sources: [
            { address: "192.0.2.1", messages: 5 },
            { address: "192.0.2.9", messages: 2 },
          ],
        },
      ]);
      expect(await uses("forged")).toMatchObject([{ passed: 0, failed: 3 }]);
    });

    test("what covers a domain is a report about it, or about a domain above", async () => {
      const covers = (name: string, since = now - 14 * day) => reportCoverage(db, tenantId, name, since);
      const whole = { from: now - 2 * day, until: now - day, reports: 1, organizations: ["Receiver"] };
      expect(await covers(domain)).toEqual(whole);
      expect(await covers(`news.${domain}`)).toEqual(whole);
      expect(await covers("other.example")).toBeNull();
      expect(await covers(domain, now)).toBeNull();
    });

    test("what is one tenant's says nothing to another", async () => {
      const other = await addTenant(db);
      expect(await uses("vendor", other)).toEqual([]);
      expect(await reportCoverage(db, other, domain, 0)).toBeNull();
    });

    test("a failure report shows that somebody names the selector, and that nothing verified", async () => {
      const fields = [
        "Feedback-Type: auth-failure",
        "User-Agent: Receiver/1.0",
        "Reporting-MTA: dns; mx.receiver.example",
        "Arrival-Date: Sat, 31 Jan 2026 10:00:00 +0000",
        "Source-IP: 192.0.2.7",
        `Reported-Domain: ${domain}`,
        `DKIM-Domain: ${domain}`,
        "DKIM-Selector: Host",
        "Incidents: 4",
      ];
      expect((await take(failureMail(fields))).reports).toMatchObject([
        { kind: "failure", organization: "mx.receiver.example", messages: 4, endAt: Date.UTC(2026, 0, 31, 10) / 1000 },
      ]);
      expect(await uses("host")).toMatchObject([{ passed: 0, failed: 4 }]);
      expect((await take(failureMail(["Feedback-Type: abuse", `Reported-Domain: ${domain}`]))).reports).toMatchObject([
        { kind: "mail" },
      ]);
    });

    test("a message that verifies shows its selector in use when it was signed; a changed one does not", async () => {
      const written = Buffer.from(
        `From: a@${domain}\r\nDate: Sun, 01 Feb 2026 10:00:00 +0000\r\nSubject: hello\r\n\r\nHello.\r\n`,
      );
      const keys = [{ signingDomain: domain, selector: "given", privateKey }];
      const signed = Buffer.concat([await sign(written, { keys, now: now - 100 }), written]);
      expect((await take(signed)).reports).toMatchObject([{ kind: "mail", domain, endAt: now - 100 }]);
      expect((await take(signed)).reports).toMatchObject([{ outcome: "known" }]);
      await take(signed.toString("latin1").replace("Hello.", "Hallo."));
      expect((await uses("given")).map(({ passed, failed }) => [passed, failed])).toEqual([
        [0, 1],
        [1, 0],
      ]);
    });

    test("DMARC-A-15 what is no report leaves nothing behind, and is told with its reason", async () => {
      const xml = aggregateXml(domain, { ...yesterday, id: "cut" }, [{ signatures: [[domain, "cut", "pass"]] }]);
      const noise = Array.from({ length: 3000 }, (_, index) => `<x>${index * 7919}</x>`).join("");
      expect(await take(gzipSync(xml.replace("</feedback>", `${noise}</feedback>`)).subarray(0, -30))).toMatchObject({
        reports: [],
        problems: [expect.stringContaining("damaged or cut off")],
      });
      expect(await take("hello")).toMatchObject({
        reports: [],
        problems: [expect.stringContaining("neither a report")],
      });
      expect(await uses("cut")).toEqual([]);
    });

    test("signatures whose selector is left out are counted apart, and long lists have an end", async () => {
      const rows = Array.from({ length: 2500 }, (_, index) => ({
        signatures: [[domain, `s${index}`, "pass"] as const],
      }));
      await take(
        aggregateXml(domain, { ...yesterday, id: "many" }, [
          { count: 6, signatures: [[domain, undefined, "pass"]] },
          ...rows,
        ]),
      );
      expect(await uses("")).toMatchObject([{ passed: 6 }]);
      expect([await uses("s1"), await uses("s2499")].map(({ length }) => length)).toEqual([1, 0]);
    });

    test("reports come in pages, and those of long ago go with what they saw", async () => {
      const { rows, next } = await listReports(db, tenantId, { limit: 2 });
      const more = await listReports(db, tenantId, { limit: 100, after: next });
      expect(rows).toHaveLength(2);
      expect(more.rows.length).toBeGreaterThan(2);
      await take(
        aggregateXml(domain, { begin: 1, end: 2, id: "old" }, [{ signatures: [[domain, "old", "pass"]] }]),
        1000,
      );
      expect(await uses("old")).toHaveLength(1);
      await pruneReports(db, now);
      expect(await uses("old")).toEqual([]);
      expect(await uses("vendor")).toHaveLength(1);
    });
  });
}
