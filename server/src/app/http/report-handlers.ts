import type { ResolveTxt } from "chancery/dkim";
import { listReports } from "../../engine/database/reports.ts";
import { takeReport } from "../../service/reports/take-report.ts";
import { Refusal } from "../../service/refusal.ts";
import { txtResolverOf } from "../canary.ts";
import { configWithSettings } from "../settings.ts";
import { type Handlers, type HandlerContext, pageOf, pageRequest } from "./handler.ts";

/** Reports that a tenant hands in. */
export function reportHandlers({ db, loaded, now }: HandlerContext): Pick<Handlers, "listReports" | "takeReport"> {
  const resolveTxt: ResolveTxt = async (name) => txtResolverOf((await configWithSettings(db, loaded)).config)(name);
  return {
    listReports: async (caller, { query }) =>
      pageOf(await listReports(db, caller.tenantId, pageRequest(query)), (row) => ({
        kind: row.kind,
        organization: row.organization,
        reportId: row.reportId,
        domain: row.domain,
        beginAt: row.beginAt,
        endAt: row.endAt,
        messages: row.messages,
      })),
    takeReport: async ({ tenantId }, { body }) => {
      const octets = Buffer.from((body as { file: string }).file, "base64");
      const taken = await takeReport({ db, resolveTxt }, { tenantId, octets, now: now() });
      if (taken.reports.length === 0)
        throw new Refusal("invalid-input", `nothing is taken: ${taken.problems.join("; ")}`);
      return taken;
    },
  };
}
