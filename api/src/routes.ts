import { z } from "zod";
import {
  addedDomainSchema,
  adviceSchema,
  checkSchema,
  domainSchema,
  keySchema,
  methodSchema,
  providerSchema,
  recordSchema,
  rotationSchema,
  senderKinds,
  senderSchema,
  tenantSchema,
  tokenSchema,
} from "./resources.ts";
import { type Route, domainName, domainParams, nothing, page, pageQuery, route, tenantName } from "./route.ts";
import { watchRoutes } from "./watch-routes.ts";
import { aliasRoutes } from "./alias-routes.ts";
import { collectionRoutes } from "./collection-routes.ts";
import { disclosureRoutes } from "./disclosure-routes.ts";
import { dnssecRoutes } from "./dnssec-routes.ts";
import { policyRoutes } from "./policy-routes.ts";
import { rolloutRoutes } from "./rollout-routes.ts";
import { streamName, streamRoutes } from "./stream-routes.ts";
import { keyRoutes } from "./key-routes.ts";
import { rollsRoutes } from "./rolls-routes.ts";
import { registrationRoutes } from "./registration-routes.ts";
import { reportRoutes } from "./report-routes.ts";
import { revocationRoutes } from "./revocation-routes.ts";
import { zoneRoutes } from "./zone-routes.ts";

export type { Route } from "./route.ts";

/** For methods that take selectors of other vendors out of sight. */
const selectorsOfOthers = {
  importSelectors: z
    .array(z.string().max(200))
    .max(100)
    .optional()
    .describe("selectors of other vendors that are used"),
  otherSelectors: z.enum(["none"]).optional().describe("none: there are no others than those found or named"),
};

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
  removeTenant: route({
    method: "DELETE",
    path: "/v1/tenants/:name",
    summary: "Remove a tenant: releases its domains, and takes its tokens and senders away",
    params: z.object({ name: tenantName }),
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
      stream: streamName
        .optional()
        .describe("SMTP logins: what their mail is signed under; absent: the default stream"),
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
      method: z.union([methodSchema, z.literal("auto")]).default("cname-ring"),
      from: z
        .array(z.string().min(1).max(320))
        .max(20)
        .optional()
        .describe("From addresses or domains: how their mail will align"),
      algorithms: z
        .array(z.enum(["rsa-sha256", "ed25519-sha256"]))
        .min(1)
        .max(2)
        .optional(),
      ringSize: z
        .union([z.literal(2), z.literal(3), z.literal(4), z.literal(5)])
        .optional()
        .describe("names of a cname-ring; absent: as the tenant's policy says"),
      selectorTemplate: z.string().optional().describe("how selectors are named, of {mon} {mm} {yyyy} {label} {n}"),
      ...selectorsOfOthers,
      registrationExpires: z.iso
        .date()
        .optional()
        .describe("third-party-domain: until when the domain is registered that the name is held in"),
      batch: z.int().min(2).max(60).optional().describe("cname-series: names a batch; absent: enough for a year"),
      upstreams: z
        .array(z.object({ selector: z.string().min(1).max(63), target: z.string().min(1).max(255).optional() }))
        .min(1)
        .max(20)
        .optional()
        .describe("cname-chain: the upstream's selectors; no target: where the customer's alias leads now"),
    }),
    answer: addedDomainSchema,
  }),
  compareMethods: route({
    method: "GET",
    path: "/v1/delegation-methods",
    summary: "Compare the delegation methods, for a domain or for none; nothing is recorded",
    query: z.object({ domain: domainName.optional() }),
    answer: adviceSchema,
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
  moveDomain: route({
    method: "POST",
    path: "/v1/domains/:domain/move",
    summary: "Move a domain to another delegation method, or give that up",
    params: domainParams,
    body: z.union([
      z.object({
        method: methodSchema,
        import: z
          .literal(true)
          .optional()
          .describe("what is found at the names that the new delegation hides is taken over, and is all there is"),
        yes: z.boolean().optional().describe("also if keys of others go with it"),
      }),
      z.object({ abort: z.literal(true) }),
    ]),
    answer: domainSchema,
  }),
  nameSelectors: route({
    method: "PUT",
    path: "/v1/domains/:domain/selectors",
    summary: "Say which selectors of other vendors are used, look for them now, and answer what is taken over",
    params: domainParams,
    body: z.object(selectorsOfOthers),
    answer: domainSchema,
  }),
  removeDomain: route({
    method: "DELETE",
    path: "/v1/domains/:domain",
    summary: "Release a domain",
    params: domainParams,
    answer: domainSchema,
  }),
  lockDomain: route({
    method: "POST",
    path: "/v1/domains/:domain/lock",
    summary: "Close a domain to claims of other tenants below it",
    params: domainParams,
    answer: domainSchema,
  }),
  unlockDomain: route({
    method: "DELETE",
    path: "/v1/domains/:domain/lock",
    summary: "Let other tenants claim names below a domain again, with a proof of their own",
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
  ...streamRoutes,
  ...keyRoutes,
  rotateKey: route({
    method: "POST",
    path: "/v1/domains/:domain/rotations",
    summary: "Ask for a rotation; it is queued when another is under way, and one that waits already is answered",
    params: domainParams,
    body: z
      .object({
        reason: z.string().max(500).optional(),
        stream: streamName.optional().describe("absent: the default stream"),
        dual: z.boolean().optional().describe("an Ed25519 key signs beside the others until the old key has drained"),
      })
      .nullish(),
    answer: rotationSchema,
  }),
  listRotations: route({
    method: "GET",
    path: "/v1/domains/:domain/rotations",
    summary: "List rotations",
    params: domainParams,
    answer: page(rotationSchema),
  }),

  ...watchRoutes,
  ...policyRoutes,
  ...rolloutRoutes,
  ...aliasRoutes,
  ...revocationRoutes,
  ...zoneRoutes,
  ...dnssecRoutes,
  ...rollsRoutes,
  ...disclosureRoutes,
  ...collectionRoutes,
  ...reportRoutes,
  ...registrationRoutes,

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
