import { z } from "zod";
import { useElsewhereSchema } from "./report-routes.ts";
import { domainParams, page, route } from "./route.ts";

const time = z.int().describe("epoch seconds");

/** An alias of ours that leads from a customer's selector on to an upstream provider's key. Names carry no final dot. */
export const aliasSchema = z.object({
  domain: z.string(),
  selector: z.string(),
  name: z.string().describe("the key name, <selector>._domainkey.<domain>"),
  alias: z.string().describe("our name behind the customer's alias"),
  phase: z.string().describe("waiting, publishing, published, settled: from then on the upstream may sign"),
  since: time,
  target: z.string().nullable().describe("where it leads; null: nothing is served yet"),
  wanted: z.string().nullable().describe("where it is asked to lead"),
  previous: z.string().nullable().describe("where it led before: the way back"),
  waitsFor: z.string().nullable(),
  waitsUntil: time.nullable(),
  use: useElsewhereSchema.describe("mail that was seen to be signed under the selector"),
  seen: z.array(
    z.object({
      name: z.string(),
      state: z.enum(["present", "absent", "wrong", "unknown"]).describe("whether it leads to a sound key"),
      names: z.array(z.string()).describe("itself and every alias behind it"),
      reasons: z.array(z.string()),
      fingerprint: z.string().nullable().describe("SHA-256 of the public key (SubjectPublicKeyInfo), hexadecimal"),
      checkedAt: time,
    }),
  ),
});
export type Alias = z.infer<typeof aliasSchema>;

const aliasParams = domainParams.extend({ selector: z.string().min(1).max(200) });

/** Aliases that lead on to upstreams. */
export const aliasRoutes = {
  listAliases: route({
    method: "GET",
    path: "/v1/domains/:domain/aliases",
    summary: "List the aliases that lead on to upstream providers, with what each waits for",
    params: domainParams,
    answer: page(aliasSchema),
  }),
  moveAlias: route({
    method: "POST",
    path: "/v1/domains/:domain/aliases/:selector",
    summary: "Ask for an alias to lead elsewhere; it is moved when that breaks no mail",
    params: aliasParams,
    body: z.object({
      to: z.string().min(1).max(255).optional(),
      back: z.literal(true).optional().describe("to where it led before"),
      cancel: z.literal(true).optional().describe("the move that is asked for is not wanted any more"),
      oldStoppedAt: time.optional().describe("since when the present upstream signs nothing any more"),
      yes: z.boolean().optional().describe("it has stopped, although mail was seen after that"),
    }),
    answer: aliasSchema,
  }),
};
