import { z } from "zod";
import { domainSchema, findingSchema, keySchema, methodSchema, recordSchema, rotationSchema } from "./resources.ts";
import { domainName, domainParams, page, pageQuery, route } from "./route.ts";
import { streamSchema } from "./stream-routes.ts";

/** What a domain's owner gave us: by which method, how it stands, and who can change the keys later. */
export const delegationSchema = z.object({
  domain: z.string(),
  tenant: z.string(),
  method: methodSchema,
  status: domainSchema.shape.status,
  claim: domainSchema.shape.claim,
  proof: domainSchema.shape.proof,
  signingDomain: z.string().describe("the d= of its signatures"),
  keeper: z
    .enum(["us", "customer", "as-imported", "upstream"])
    .describe("who publishes key records, and so can change a key; as-imported: told of each key"),
  movingTo: methodSchema.nullable().describe("the method that it is on the move to"),
  createdAt: z.int(),
});
export type Delegation = z.infer<typeof delegationSchema>;

/** An entry of the audit log: who did what to what. */
export const auditEntrySchema = z.object({
  id: z.int().describe("rises"),
  at: z.int().describe("epoch seconds"),
  tenant: z.string().nullable().describe("null: it concerns no single tenant"),
  actor: z.string().describe("the id of a token, or the part of Chancery that did it"),
  action: z.string(),
  subject: z.string(),
  detail: z.record(z.string(), z.unknown()),
});
export type AuditEntry = z.infer<typeof auditEntrySchema>;

const ofDomain = pageQuery.extend({ domain: domainName.optional().describe("of this domain alone") });

/** Lists over all domains of a tenant, by domain. A page may hold fewer items than asked for, and still have a next one. */
export const collectionRoutes = {
  listDelegations: route({
    method: "GET",
    path: "/v1/delegations",
    summary: "List delegations",
    query: ofDomain,
    answer: page(delegationSchema),
  }),
  showDelegation: route({
    method: "GET",
    path: "/v1/delegations/:domain",
    summary: "Show a domain's delegation",
    params: domainParams,
    answer: delegationSchema,
  }),
  listAllRecords: route({
    method: "GET",
    path: "/v1/records",
    summary: "List the records that customers have to publish",
    query: ofDomain,
    answer: page(recordSchema.extend({ domain: z.string() })),
  }),
  listAllKeys: route({
    method: "GET",
    path: "/v1/keys",
    summary: "List keys, with what each waits for",
    query: ofDomain,
    answer: page(keySchema),
  }),
  showKey: route({
    method: "GET",
    path: "/v1/keys/:id",
    summary: "Show a key, with what it waits for",
    params: z.object({ id: z.string().min(1).max(100) }),
    answer: keySchema,
  }),
  showRotation: route({
    method: "GET",
    path: "/v1/rotations/:id",
    summary: "Show a rotation: how far it has come",
    params: z.object({ id: z.string().min(1).max(100) }),
    answer: rotationSchema,
  }),
  listAllRotations: route({
    method: "GET",
    path: "/v1/rotations",
    summary: "List rotations",
    query: ofDomain,
    answer: page(rotationSchema),
  }),
  listAllStreams: route({
    method: "GET",
    path: "/v1/streams",
    summary: "List streams, those that were removed as well",
    query: ofDomain,
    answer: page(streamSchema),
  }),
  listDomainFindings: route({
    method: "GET",
    path: "/v1/domains/:domain/findings",
    summary: "List what is wrong with a delegation, as it was last seen",
    params: domainParams,
    answer: page(findingSchema),
  }),
  listAuditLog: route({
    method: "GET",
    path: "/v1/audit-log",
    summary: "Who did what, the newest first",
    query: pageQuery.extend({
      everyTenant: z
        .enum(["true", "false"])
        .default("false")
        .describe("of all tenants, and what concerns none (operator)"),
    }),
    answer: page(auditEntrySchema),
  }),
};
