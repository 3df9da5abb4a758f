import { z } from "zod";
import { keySchema } from "./resources.ts";
import { useElsewhereSchema } from "./report-routes.ts";
import { domainParams, route } from "./route.ts";

/** A key file of a DKIM tool is some kilobytes long. */
const keyText = z.string().min(1).max(32_768);

/** What our signers have told of a key's use. */
export const usesHereSchema = z.object({
  lastUsedAt: z.int().nullable().describe("t= of the last signature that our signers told of; null: none"),
  signatures: z.int(),
  recentSignatures: z.int().describe("of the last 14 days"),
});

/** What is known of a key's last use. */
export const lastUseSchema = usesHereSchema.extend({
  stoppedHereAt: z.int().nullable().describe("when we stopped signing with it; null: it never signed here"),
  elsewhere: useElsewhereSchema,
});

/** Keys that a customer brings, or takes back. */
export const keyRoutes = {
  importKey: route({
    method: "POST",
    path: "/v1/domains/:domain/keys/import",
    summary: "Bring a key: with its private half we sign, with the public half alone we host the record",
    params: domainParams,
    body: z
      .object({
        selector: z.string().min(1).max(253),
        privateKey: keyText.optional().describe("PEM, unencrypted; never answered or logged"),
        publicKey: keyText.optional().describe("PEM, a key record, or base64"),
        host: z.boolean().optional().describe("we publish the record, behind an alias; absent: the customer does"),
        allowSmall: z.boolean().optional().describe("take RSA keys of 1024 to 2047 bits"),
      })
      .refine(({ privateKey, publicKey }) => privateKey !== undefined || publicKey !== undefined, {
        error: "privateKey or publicKey is needed",
      }),
    answer: keySchema,
  }),
  withdrawKey: route({
    method: "POST",
    path: "/v1/domains/:domain/keys/withdraw",
    summary: "Say that nobody signs with a brought key any more; without yes: only show what is known of its last use",
    params: domainParams,
    body: z.object({ selector: z.string().min(1).max(253), yes: z.boolean().optional() }),
    answer: z.object({ key: keySchema, lastUse: lastUseSchema, declared: z.boolean() }),
  }),
};
