import { z } from "zod";
import { domainName, page, pageQuery, route } from "./route.ts";
import { streamName } from "./stream-routes.ts";

const time = z.int().describe("epoch seconds");
export const rolloutStatuses = ["running", "paused", "halted", "stopped", "finished"] as const;
export const rolloutOutcomes = ["waiting", "rotating", "rotated", "failed", "left"] as const;

const waveSchema = z.object({
  domains: z.int(),
  begun: z.int(),
  rotated: z.int(),
  failed: z.int(),
  left: z.int().describe("could not be begun, or were given up meanwhile"),
});

const rolloutDomainSchema = z.object({
  domain: z.string(),
  stream: z.string().nullable().describe("null: the default stream"),
  wave: z.int(),
  outcome: z.enum(rolloutOutcomes),
  rotation: z.string().nullable(),
  begunAt: time.nullable(),
  endedAt: time.nullable(),
  reason: z.string().nullable(),
});
export type RolloutDomain = z.infer<typeof rolloutDomainSchema>;

/** A rotation of many domains, a wave at a time; wave 0 is the canary. */
const rolloutSchema = z.object({
  id: z.string(),
  status: z.enum(rolloutStatuses).describe("halted: by itself, because failures rose"),
  reason: z.string().nullable().describe("why it halted or was stopped"),
  domains: z.int().describe("each stream of a domain counts"),
  wave: z.int().nullable().describe("the one under way; null: all are over"),
  waves: z.array(waveSchema),
  streams: z.array(waveSchema.extend({ stream: z.string().nullable() })).describe("the same counts, by stream"),
  plan: z.object({
    canary: z.int(),
    wavesPercent: z.array(z.number()),
    maxFailuresPercent: z.number(),
    watchSeconds: z.int(),
    stuckAfterSeconds: z.int(),
  }),
  requestedAt: time,
  requestedBy: z.string(),
  events: z.array(z.object({ kind: z.string(), at: time, wave: z.int().nullable(), detail: z.string().nullable() })),
  failed: z.array(rolloutDomainSchema).describe("the first twenty"),
});
export type Rollout = z.infer<typeof rolloutSchema>;

const params = z.object({ id: z.string().max(100) });
const orderBody = z.object({ reason: z.string().max(500).optional() }).nullish();
const percent = z.number().min(0).max(100);

/** Rotations of many domains. */
export const rolloutRoutes = {
  listRollouts: route({
    method: "GET",
    path: "/v1/rollouts",
    summary: "List rotations of many domains",
    query: pageQuery,
    answer: page(rolloutSchema),
  }),
  startRollout: route({
    method: "POST",
    path: "/v1/rollouts",
    summary: "Rotate many domains, a wave at a time, a canary first",
    body: z.object({
      domains: z.array(domainName).min(1).max(10_000).optional().describe("in this order; the first are the canary"),
      olderThanSeconds: z.int().min(0).optional().describe("those whose key has signed for longer"),
      all: z.boolean().optional(),
      streams: z
        .array(streamName.nullable())
        .min(1)
        .max(100)
        .optional()
        .describe("only these streams of the domains, null being the default one; absent: all of them"),
      canary: z.int().min(0).max(1000).default(5),
      wavesPercent: z.array(percent).min(1).max(20).default([1, 10, 100]),
      maxFailuresPercent: percent.default(2),
      watchSeconds: z.int().min(0).max(2_592_000).optional().describe("how long the canary is watched"),
      stuckAfterSeconds: z.int().min(1).max(31_536_000).optional(),
    }),
    answer: rolloutSchema,
  }),
  showRollout: route({
    method: "GET",
    path: "/v1/rollouts/:id",
    summary: "Show how far a rotation of many domains is",
    params,
    answer: rolloutSchema,
  }),
  listRolloutDomains: route({
    method: "GET",
    path: "/v1/rollouts/:id/domains",
    summary: "List the domains of a rollout in their order",
    params,
    query: pageQuery.extend({ outcome: z.enum(rolloutOutcomes).optional() }),
    answer: page(rolloutDomainSchema),
  }),
  pauseRollout: route({
    method: "POST",
    path: "/v1/rollouts/:id/pause",
    summary: "Begin no more of its domains until it is resumed",
    params,
    body: orderBody,
    answer: rolloutSchema,
  }),
  resumeRollout: route({
    method: "POST",
    path: "/v1/rollouts/:id/resume",
    summary: "Go on; only further failures count",
    params,
    body: orderBody,
    answer: rolloutSchema,
  }),
  stopRollout: route({
    method: "POST",
    path: "/v1/rollouts/:id/stop",
    summary: "End it; rotations that were begun are carried out",
    params,
    body: orderBody,
    answer: rolloutSchema,
  }),
};
