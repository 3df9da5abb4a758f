import { z } from "zod";
import { page, pageQuery, route } from "./route.ts";

const timeOrNull = z.int().nullable();
const kinds = ["aggregate", "failure", "mail"] as const;

/** A report that was taken. Texts are its sender's. */
export const reportSchema = z.object({
  kind: z.enum(kinds).describe("mail: a message as somebody received it"),
  organization: z.string().describe("who reports"),
  reportId: z.string(),
  domain: z.string().describe("whose mail it is about"),
  beginAt: timeOrNull.describe("epoch seconds; null: it does not say"),
  endAt: timeOrNull,
  messages: z.int(),
});
export type Report = z.infer<typeof reportSchema>;

/** What reports and mail show of a key's use, whoever signs with it. Times are epoch seconds. */
export const useElsewhereSchema = z.object({
  state: z
    .enum(["seen", "not-seen", "unknown"])
    .describe('unknown: no report covers the last 14 days, or they leave selectors out; that is not "unused"'),
  lastAt: timeOrNull.describe("the end of the last report that shows a message verified with it"),
  messages: z.int().describe("that verified"),
  recentMessages: z.int().describe("of the last 14 days"),
  failed: z.int().describe("messages that name the selector and did not verify: anybody can write them"),
  by: z.array(z.object({ organization: z.string(), lastAt: z.int(), messages: z.int() })),
  sources: z.array(z.object({ address: z.string(), messages: z.int() })).describe("where it was sent from"),
  coverage: z
    .object({ from: z.int(), until: z.int(), reports: z.int(), organizations: z.array(z.string()) })
    .nullable()
    .describe("the aggregate reports that reach into the last 14 days"),
});

/** Reports, as evidence of which keys are in use. */
export const reportRoutes = {
  listReports: route({
    method: "GET",
    path: "/v1/reports",
    summary: "List the reports that were taken, in the order in which they came",
    query: pageQuery,
    answer: page(reportSchema),
  }),
  takeReport: route({
    method: "POST",
    path: "/v1/reports",
    summary:
      "Take a report, or a message that somebody received, as evidence of which keys are in use; each counts once",
    body: z.object({ file: z.base64().min(4).describe("the file as it came, in base64: XML, gzip, zip, or a mail") }),
    answer: z.object({
      reports: z.array(reportSchema.extend({ outcome: z.enum(["taken", "known"]) })),
      problems: z.array(z.string()).describe("what in the file could not be read"),
    }),
  }),
};
