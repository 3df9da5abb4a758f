import { z } from "zod";
import { domainName, domainParams, nothing, page, pageQuery, route } from "./route.ts";
import { streamName } from "./stream-routes.ts";

export const policyPresets = ["high-risk", "standard", "now"] as const;
export const keyTypes = ["rsa2048", "rsa3072", "rsa4096"] as const;
export const dualSignings = ["never", "on-request", "always"] as const;

const fields = {
  intervalSeconds: z.int().min(1).max(315_360_000).describe("how long a key signs before its successor is due"),
  keyType: z.enum(keyTypes).describe("of the primary key"),
  dualSigning: z.enum(dualSignings).describe("when an Ed25519 key signs beside it"),
  ringSize: z
    .union([z.literal(2), z.literal(3), z.literal(4), z.literal(5)])
    .describe("names of a cname-ring, for domains to be added"),
  standby: z.boolean().describe("whether a ready successor is kept"),
  changeWindows: z
    .array(z.string().max(200))
    .max(20)
    .describe("a switch happens only inside one, as mon-fri 09:00-17:00 Europe/Berlin; none: at any time"),
  disclose: z.boolean().describe("whether private halves of withdrawn keys are made public after their time: for ever"),
};
export const policyFieldsSchema = z.object(fields).partial();

const scope = z.enum(["default", "tenant", "domain", "stream"]);
const waitSchema = z.object({
  wait: z.enum(["W", "D"]).describe("W: before a new key may sign; D: before an old one may go"),
  seconds: z.int(),
  formula: z.string(),
  inputs: z.array(z.object({ symbol: z.string(), seconds: z.int(), from: z.string() })),
});

/** What holds in one place, where each part was decided, and what the waits of a domain allow. */
export const policySchema = z.object({
  domain: z.string().nullable().describe("null: the policy of the tenant"),
  stream: z.string().nullable().describe("null: the policy of the domain, or of the tenant"),
  policy: z.object(fields),
  from: z.record(z.string(), scope),
  own: policyFieldsSchema.describe("what was decided in this very place"),
  waits: z.array(waitSchema),
  names: z.int().nullable().describe("names of its ring; null: a new name for every key"),
  shortestIntervalSeconds: z.int().nullable().describe("(W + D) / (names - 1); null: no limit"),
  warnings: z.array(z.string()),
});
export type Policy = z.infer<typeof policySchema>;

const change = policyFieldsSchema.extend({
  preset: z
    .enum(policyPresets)
    .optional()
    .describe("high-risk: 90 days; standard: 180 days; now: rotate at once, then standard"),
});

const streamParams = z.object({ domain: domainName, stream: streamName });

/** Rotation policies. */
export const policyRoutes = {
  listPolicies: route({
    method: "GET",
    path: "/v1/policies",
    summary: "List where something was decided about rotations",
    query: pageQuery,
    answer: page(
      z.object({
        domain: z.string().nullable(),
        own: policyFieldsSchema,
        updatedAt: z.int(),
        updatedBy: z.string(),
      }),
    ),
  }),
  showTenantPolicy: route({
    method: "GET",
    path: "/v1/policies/tenant",
    summary: "Show the rotation policy of the tenant",
    answer: policySchema,
  }),
  setTenantPolicy: route({
    method: "PUT",
    path: "/v1/policies/tenant",
    summary: "Decide parts of the rotation policy of the tenant",
    body: change,
    answer: policySchema,
  }),
  removeTenantPolicy: route({
    method: "DELETE",
    path: "/v1/policies/tenant",
    summary: "Take back what was decided for the tenant",
    answer: nothing,
  }),
  showDomainPolicy: route({
    method: "GET",
    path: "/v1/domains/:domain/policy",
    summary: "Show a domain's rotation policy, its waits with their reasons, and the shortest interval they allow",
    params: domainParams,
    answer: policySchema,
  }),
  setDomainPolicy: route({
    method: "PUT",
    path: "/v1/domains/:domain/policy",
    summary: "Decide parts of the rotation policy of a domain",
    params: domainParams,
    body: change,
    answer: policySchema,
  }),
  removeDomainPolicy: route({
    method: "DELETE",
    path: "/v1/domains/:domain/policy",
    summary: "Take back what was decided for a domain",
    params: domainParams,
    answer: nothing,
  }),
  showStreamPolicy: route({
    method: "GET",
    path: "/v1/domains/:domain/streams/:stream/policy",
    summary: "Show the rotation policy of a domain's stream, its waits, and the shortest interval they allow",
    params: streamParams,
    answer: policySchema,
  }),
  setStreamPolicy: route({
    method: "PUT",
    path: "/v1/domains/:domain/streams/:stream/policy",
    summary: "Decide parts of the rotation policy of a stream",
    params: streamParams,
    body: change,
    answer: policySchema,
  }),
  removeStreamPolicy: route({
    method: "DELETE",
    path: "/v1/domains/:domain/streams/:stream/policy",
    summary: "Take back what was decided for a stream",
    params: streamParams,
    answer: nothing,
  }),
};
