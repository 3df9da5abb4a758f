import { z } from "zod";
import { signingModes, zoneDnssecSchema } from "./dnssec-resources.ts";
import {
  changedZoneSchema,
  checkSchema,
  domainSchema,
  keySchema,
  providerSchema,
  methodSchema,
  recordSchema,
  rotationSchema,
  rrsetSchema,
  senderKinds,
  senderSchema,
  severities,
  tenantSchema,
  tokenSchema,
  zoneChangeSchema,
  zoneProblemSchema,
  nameServerSchema,
  zonePushSchema,
  zoneSchema,
  zoneTemplateSchema,
} from "./resources.ts";
import {
  findingStates,
  observationSchema,
  selectorSchema,
  trackedFindingSchema,
  watchEventSchema,
  watchSchema,
} from "./watch-resources.ts";

/** One operation of the API. `answer` is the body of its 200. */
export type Route = {
  method: "GET" | "POST" | "PUT" | "DELETE";
  path: string;
  summary: string;
  params?: z.ZodObject;
  query?: z.ZodObject;
  body?: z.ZodType;
  answer: z.ZodType;
};

const route = <const R extends Route>(row: R): R => row;

const pageQuery = z.object({
  after: z.string().optional().describe("the cursor of the page before"),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});
const page = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item), next: z.string().nullable() });
const domainName = z.string().min(1).max(255);
const domainParams = z.object({ domain: domainName });
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
const tenantName = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/);
const nothing = z.object({});

/** Every operation: the server registers each row, the client calls it, OpenAPI is made of it. */
export const routes = {
  listTenants: route({
    method: "GET",
    path: "/v1/tenants",
    summary: "List tenants",
    query: pageQuery,
    answer: page(tenantSchema),
  }),
  addTenant: route({
    method: "POST",
    path: "/v1/tenants",
    summary: "Add a tenant",
    body: z.object({ name: tenantName }),
    answer: tenantSchema,
  }),
  showTenant: route({
    method: "GET",
    path: "/v1/tenants/:name",
    summary: "Show a tenant",
    params: z.object({ name: tenantName }),
    answer: tenantSchema,
  }),

  listTokens: route({
    method: "GET",
    path: "/v1/tokens",
    summary: "List tokens",
    query: pageQuery,
    answer: page(tokenSchema),
  }),
  addToken: route({
    method: "POST",
    path: "/v1/tokens",
    summary: "Make a token; it is shown once",
    body: z.object({ name: z.string().min(1).max(100) }),
    answer: tokenSchema.extend({ token: z.string() }),
  }),
  revokeToken: route({
    method: "DELETE",
    path: "/v1/tokens/:id",
    summary: "Revoke a token",
    params: z.object({ id: z.string() }),
    answer: tokenSchema,
  }),

  listSenders: route({
    method: "GET",
    path: "/v1/senders",
    summary: "List who may hand us mail",
    query: pageQuery,
    answer: page(senderSchema),
  }),
  addSender: route({
    method: "POST",
    path: "/v1/senders",
    summary: "Add a sender; a password that is not given is made, and shown once",
    body: z.object({
      kind: z.enum(senderKinds),
      name: z.string().min(1).max(255),
      password: z.string().min(12).max(1000).optional(),
    }),
    answer: senderSchema.extend({ password: z.string().nullable() }),
  }),
  removeSender: route({
    method: "DELETE",
    path: "/v1/senders/:kind/:name",
    summary: "Remove a sender",
    params: z.object({ kind: z.enum(senderKinds), name: z.string() }),
    answer: nothing,
  }),

  listDomains: route({
    method: "GET",
    path: "/v1/domains",
    summary: "List domains",
    query: pageQuery,
    answer: page(domainSchema),
  }),
  addDomain: route({
    method: "POST",
    path: "/v1/domains",
    summary: "Take a delegation: answers the records that the customer publishes",
    body: z.object({
      domain: domainName,
      method: methodSchema,
      algorithms: z
        .array(z.enum(["rsa-sha256", "ed25519-sha256"]))
        .min(1)
        .max(2)
        .optional(),
    }),
    answer: domainSchema,
  }),
  showDomain: route({
    method: "GET",
    path: "/v1/domains/:domain",
    summary: "Show a domain",
    params: domainParams,
    answer: domainSchema,
  }),
  verifyDomain: route({
    method: "POST",
    path: "/v1/domains/:domain/verify",
    summary: "Look now at what the customer published",
    params: domainParams,
    answer: domainSchema,
  }),
  removeDomain: route({
    method: "DELETE",
    path: "/v1/domains/:domain",
    summary: "Release a domain",
    params: domainParams,
    answer: domainSchema,
  }),
  listRecords: route({
    method: "GET",
    path: "/v1/domains/:domain/records",
    summary: "What the customer has to publish",
    params: domainParams,
    answer: z.object({ domain: z.string(), method: methodSchema, status: z.string(), records: z.array(recordSchema) }),
  }),

  listKeys: route({
    method: "GET",
    path: "/v1/domains/:domain/keys",
    summary: "List a domain's keys, with what each waits for",
    params: domainParams,
    answer: page(keySchema),
  }),
  rotateKey: route({
    method: "POST",
    path: "/v1/domains/:domain/rotations",
    summary: "Ask for a rotation; it is queued when another is under way",
    params: domainParams,
    body: z.object({ reason: z.string().max(500).optional() }).nullish(),
    answer: rotationSchema,
  }),
  listRotations: route({
    method: "GET",
    path: "/v1/domains/:domain/rotations",
    summary: "List rotations",
    params: domainParams,
    answer: page(rotationSchema),
  }),

  listWatches: route({
    method: "GET",
    path: "/v1/watches",
    summary: "List watched domains",
    query: pageQuery,
    answer: page(watchSchema),
  }),
  addWatch: route({
    method: "POST",
    path: "/v1/watches",
    summary: "Watch a domain: answers the record that proves control of it",
    body: z.object({
      domain: domainName,
      intervalSeconds: z.int().optional().describe("between two looks; absent: watch.interval"),
      selectors: z.array(z.string().min(1).max(200)).max(100).optional().describe("selectors that have to be there"),
    }),
    answer: watchSchema,
  }),
  showWatch: route({
    method: "GET",
    path: "/v1/watches/:domain",
    summary: "Show a watched domain",
    params: domainParams,
    answer: watchSchema,
  }),
  removeWatch: route({
    method: "DELETE",
    path: "/v1/watches/:domain",
    summary: "End a watch and forget what it saw",
    params: domainParams,
    answer: nothing,
  }),
  checkWatch: route({
    method: "POST",
    path: "/v1/watches/:domain/check",
    summary: "Look at a watched domain now",
    params: domainParams,
    answer: watchSchema,
  }),
  listWatchEvents: route({
    method: "GET",
    path: "/v1/watches/:domain/events",
    summary: "What changed at a watched domain, the newest first",
    params: domainParams,
    query: pageQuery,
    answer: page(watchEventSchema),
  }),
  listFindings: route({
    method: "GET",
    path: "/v1/findings",
    summary: "List findings of watched domains, the worst first",
    query: pageQuery.extend({
      domain: domainName.optional(),
      state: z.enum(findingStates).default("open"),
      severity: z.enum(severities).default("info").describe("this bad or worse"),
    }),
    answer: page(trackedFindingSchema),
  }),
  listSelectors: route({
    method: "GET",
    path: "/v1/selectors",
    summary: "The inventory: every selector of watched domains, by key name",
    query: pageQuery.extend({ domain: domainName.optional() }),
    answer: page(selectorSchema),
  }),
  listObservations: route({
    method: "GET",
    path: "/v1/observations",
    summary: "What was seen at the key names of a watched domain, by name and in order",
    query: pageQuery.extend({ domain: domainName }),
    answer: page(observationSchema),
  }),

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
    body: z.object({ text: z.string() }),
    answer: zoneSchema.extend({ warnings: z.array(z.string()) }),
  }),

  showZoneDnssec: route({
    method: "GET",
    path: "/v1/zones/:origin/dnssec",
    summary: "Show how a zone is signed, its keys, and the DS record for its parent",
    params: z.object({ origin: domainName }),
    answer: zoneDnssecSchema,
  }),
  enableZoneDnssec: route({
    method: "PUT",
    path: "/v1/zones/:origin/dnssec",
    summary: "Have a zone signed, or signed in another way",
    params: z.object({ origin: domainName }),
    body: z.object({
      algorithm: z.int().optional().describe("13 (ECDSA P-256, the default) or 15 (Ed25519)"),
      mode: z.enum(signingModes).optional().describe("absent: presigned where there are secondaries, else online"),
    }),
    answer: zoneDnssecSchema,
  }),
  disableZoneDnssec: route({
    method: "DELETE",
    path: "/v1/zones/:origin/dnssec",
    summary: "Have a zone give up being signed, once its DS record is gone",
    params: z.object({ origin: domainName }),
    answer: zoneDnssecSchema,
  }),
  rollZoneKey: route({
    method: "POST",
    path: "/v1/zones/:origin/dnssec/rolls",
    summary: "Have a key of a zone replaced",
    params: z.object({ origin: domainName }),
    body: z.object({ role: z.enum(["ksk", "zsk"]) }),
    answer: zoneDnssecSchema,
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

  listProviders: route({
    method: "GET",
    path: "/v1/providers",
    summary: "List the providers of the catalogue",
    query: pageQuery,
    answer: page(providerSchema).extend({ version: z.string().describe("the catalogue's") }),
  }),
  showProvider: route({
    method: "GET",
    path: "/v1/providers/:id",
    summary: "Show a provider of the catalogue",
    params: z.object({ id: z.string().min(1).max(40) }),
    answer: providerSchema,
  }),

  showSettings: route({
    method: "GET",
    path: "/v1/settings",
    summary: "Show runtime settings",
    answer: z.record(z.string(), z.unknown()),
  }),
  changeSettings: route({
    method: "PUT",
    path: "/v1/settings",
    summary: "Change runtime settings",
    body: z.record(z.string(), z.unknown()),
    answer: z.record(z.string(), z.unknown()),
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
  doctor: route({
    method: "GET",
    path: "/v1/doctor",
    summary: "Is everything as it should be?",
    answer: z.object({ checks: z.array(checkSchema) }),
  }),
} as const satisfies Record<string, Route>;

export type RouteName = keyof typeof routes;
type Part<R, K extends string> = R extends Record<K, infer S extends z.ZodType> ? S : never;
/** What a caller hands in: path parameters, query and body of a route. */
export type Call<N extends RouteName> = ([Part<(typeof routes)[N], "params">] extends [never]
  ? object
  : { params: z.input<Part<(typeof routes)[N], "params">> }) &
  ([Part<(typeof routes)[N], "query">] extends [never]
    ? object
    : { query?: z.input<Part<(typeof routes)[N], "query">> }) &
  ([Part<(typeof routes)[N], "body">] extends [never] ? object : { body: z.input<Part<(typeof routes)[N], "body">> });
export type Answer<N extends RouteName> = z.output<(typeof routes)[N]["answer"]>;
