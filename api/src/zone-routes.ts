import { z } from "zod";
import {
  changedZoneSchema,
  nameServerSchema,
  rrsetSchema,
  zoneChangeSchema,
  zoneDifferenceSchema,
  zoneProblemSchema,
  zonePushSchema,
  zoneSchema,
  zoneTemplateSchema,
} from "./resources.ts";
import { type Route, domainName, page, pageQuery, route } from "./route.ts";

const zoneParams = z.object({ origin: domainName });
const rrsetParams = zoneParams.extend({ name: z.string().min(1).max(1024), type: z.string().min(1).max(20) });
const seenSerial = z.coerce
  .number()
  .int()
  .min(0)
  .max(2 ** 32 - 1)
  .optional()
  .describe("the serial that the caller saw; with another one nothing is done. If-Match says the same");
const truth = z.enum(["true", "false"]).optional();
const changeQuery = z.object({
  serial: seenSerial,
  dryRun: truth.describe("tell what would be done"),
  allowWildcard: truth.describe("a wildcard that answers for every selector is meant"),
});

/** Zones, what stands in them, and the name servers that answer from them. */
export const zoneRoutes = {
  listZones: route({
    method: "GET",
    path: "/v1/zones",
    summary: "List zones",
    query: pageQuery,
    answer: page(zoneSchema),
  }),
  addZone: route({
    method: "POST",
    path: "/v1/zones",
    summary: "Open a zone (operator) with SOA and NS by the settings",
    body: z.object({ origin: domainName }),
    answer: zoneSchema.extend({ warnings: z.array(z.string()) }),
  }),
  removeZone: route({
    method: "DELETE",
    path: "/v1/zones/:origin",
    summary: "Remove an operator's zone and all its records",
    params: zoneParams,
    answer: zoneSchema,
  }),
  showZone: route({
    method: "GET",
    path: "/v1/zones/:origin",
    summary: "Show a zone",
    params: zoneParams,
    answer: zoneSchema,
  }),
  exportZone: route({
    method: "GET",
    path: "/v1/zones/:origin/file",
    summary: "Export a zone as a master file",
    params: zoneParams,
    answer: z.object({ origin: z.string(), text: z.string() }),
  }),
  importZone: route({
    method: "PUT",
    path: "/v1/zones/:origin/file",
    summary: "Import a master file (operator); serves it at once",
    params: zoneParams,
    query: z.object({ dryRun: truth.describe("tell what would differ") }),
    body: z.object({ text: z.string() }),
    answer: zoneSchema.extend({
      warnings: z.array(z.string()),
      differing: z.int().describe("how many RRsets differ from what was there"),
      changes: z.array(zoneDifferenceSchema).describe("in a dry run the first thousand of them"),
    }),
  }),

  listZoneRecords: route({
    method: "GET",
    path: "/v1/zones/:origin/records",
    summary: "List the RRsets of a zone, by name and type",
    params: zoneParams,
    query: pageQuery.extend({
      name: z.string().min(1).max(1024).optional().describe("the whole name, or @"),
      type: z.string().min(1).max(20).optional(),
    }),
    answer: page(rrsetSchema).extend({ serial: z.int() }),
  }),
  changeZoneRecords: route({
    method: "POST",
    path: "/v1/zones/:origin/records",
    summary: "Put and remove RRsets, all or nothing",
    params: zoneParams,
    query: changeQuery,
    body: z.object({ changes: z.array(zoneChangeSchema).min(1).max(100) }),
    answer: changedZoneSchema,
  }),
  putZoneRecords: route({
    method: "PUT",
    path: "/v1/zones/:origin/records/:name/:type",
    summary: "Put an RRset in the place of what stands there",
    params: rrsetParams,
    query: changeQuery,
    body: z.object({ ttl: z.int().optional(), data: z.array(z.string().max(70_000)).min(1).max(500) }),
    answer: changedZoneSchema,
  }),
  removeZoneRecords: route({
    method: "DELETE",
    path: "/v1/zones/:origin/records/:name/:type",
    summary: "Remove an RRset",
    params: rrsetParams,
    query: changeQuery,
    answer: changedZoneSchema,
  }),
  listZoneTemplates: route({
    method: "GET",
    path: "/v1/zone-templates",
    summary: "List the templates for records",
    answer: page(zoneTemplateSchema),
  }),
  showZoneTemplate: route({
    method: "GET",
    path: "/v1/zone-templates/:name",
    summary: "Show a template",
    params: z.object({ name: z.string().min(1).max(40) }),
    answer: zoneTemplateSchema,
  }),
  applyZoneTemplate: route({
    method: "POST",
    path: "/v1/zones/:origin/templates/:name",
    summary: "Put what a template comes to into a zone; again, it changes nothing",
    params: zoneParams.extend({ name: z.string().min(1).max(40) }),
    query: changeQuery.omit({ allowWildcard: true }),
    body: z.object({ set: z.record(z.string(), z.string().max(4000)) }),
    answer: changedZoneSchema.extend({ notes: z.array(z.string()).describe("what is left to do elsewhere") }),
  }),
  lintZone: route({
    method: "GET",
    path: "/v1/zones/:origin/lint",
    summary: "What is wrong in a zone, or doubtful, with what to do",
    params: zoneParams,
    answer: z.object({
      origin: z.string(),
      serial: z.int(),
      problems: z.array(zoneProblemSchema),
      note: z.string().nullable(),
    }),
  }),

  listNameServers: route({
    method: "GET",
    path: "/v1/name-servers",
    summary: "What each name server last said of itself",
    answer: z.object({ items: z.array(nameServerSchema) }),
  }),
  listZonePushes: route({
    method: "GET",
    path: "/v1/zone-pushes",
    summary: "Zones that are pushed to name servers of somebody else, and how far",
    answer: z.object({ items: z.array(zonePushSchema) }),
  }),
} as const satisfies Record<string, Route>;
