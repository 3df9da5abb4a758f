import { usesHereSchema } from "./key-routes.ts";
import { useElsewhereSchema } from "./report-routes.ts";
import { z } from "zod";
import { domainParams, domainName, route } from "./route.ts";
import { streamName } from "./stream-routes.ts";

const reason = z.string().min(1).max(500);
const seconds = z.int();
const ofStream = streamName.optional().describe("absent: the default stream");

/** What became of a revoked key. Times are epoch seconds. */
export const revocationSchema = usesHereSchema.extend({
  key: z.string(),
  domain: z.string(),
  selector: z.string(),
  signsInstead: z
    .enum(["stand-by", "predecessor", "new-key"])
    .nullable()
    .describe("new-key: mail waits until it was made and seen; null: the revoked key did not sign"),
  insteadSelector: z.string().nullable(),
  residualSeconds: seconds.describe(
    "how long caches may keep the record, from when every name server says that it is revoked",
  ),
  staleSeconds: seconds.describe(
    "how much longer resolvers that cannot reach our servers may go on with it (RFC 8767)",
  ),
  residualUntil: seconds.describe("the soonest end of both; later while a name server still has the key"),
  remove: z
    .object({ name: z.string(), text: z.string() })
    .nullable()
    .describe("the record that the customer has to remove, where the customer keeps it"),
  revoked: z.boolean().describe("false: the customer brought the key, others may sign with it, and yes was not said"),
  elsewhere: useElsewhereSchema,
});
export type Revocation = z.infer<typeof revocationSchema>;

export const rollbackSchema = z.object({
  domain: z.string(),
  items: z.array(z.object({ role: z.enum(["primary", "second"]), from: z.string(), to: z.string() })),
});
export type Rollback = z.infer<typeof rollbackSchema>;

/** What a person does about keys when the usual way is not good enough. */
export const revocationRoutes = {
  revokeKey: route({
    method: "POST",
    path: "/v1/domains/:domain/keys/:id/revoke",
    summary: "Revoke a key for ever: nobody signs with it any more, and its record says so",
    params: z.object({ domain: domainName, id: z.string().min(1).max(100) }),
    body: z.object({
      reason,
      yes: z.boolean().optional().describe("needed for a key that the customer brought; without it its use is shown"),
    }),
    answer: revocationSchema,
  }),
  revokeAllKeys: route({
    method: "POST",
    path: "/v1/keys/revoke",
    summary: "Revoke the keys of all tenants, a wave of domains at a time",
    body: z.object({
      reason,
      after: z.string().optional().describe("the cursor of the wave before"),
      wave: z.int().min(1).max(500).default(100).describe("how many domains"),
    }),
    answer: z.object({ domains: z.int(), keys: z.int(), next: z.string().nullable() }),
  }),
  rollBack: route({
    method: "POST",
    path: "/v1/domains/:domain/rotations/rollback",
    summary: "Go back to the key before, while it drains",
    params: domainParams,
    body: z.object({ reason: reason.optional(), stream: ofStream }).nullish(),
    answer: rollbackSchema,
  }),
  abortRotations: route({
    method: "POST",
    path: "/v1/domains/:domain/rotations/abort",
    summary: "Call off the rotations that have not come to their switch",
    params: domainParams,
    body: z.object({ stream: ofStream }).nullish(),
    answer: z.object({ domain: z.string(), rotations: z.array(z.string()) }),
  }),
};
