import { z } from "zod";
import { domainName, domainParams, nothing, page, route } from "./route.ts";

/** Whether a domain can have a stream of this name, its delegation method says when it is added. */
export const streamName = z.string().min(1).max(63);

/** A stream of a domain: a class of mail with keys and rotations of its own. */
export const streamSchema = z.object({
  domain: z.string(),
  stream: z.string(),
  createdAt: z.int(),
  removedAt: z.int().nullable().describe("null: it is in use"),
  selectors: z
    .array(z.string())
    .describe("those that sign for it now; none: its mail is signed under the default stream"),
});
export type Stream = z.infer<typeof streamSchema>;

/** Streams of a domain. The default stream has no name, and is always there. */
export const streamRoutes = {
  listStreams: route({
    method: "GET",
    path: "/v1/domains/:domain/streams",
    summary: "List a domain's streams, those that were removed as well",
    params: domainParams,
    answer: page(streamSchema),
  }),
  addStream: route({
    method: "POST",
    path: "/v1/domains/:domain/streams",
    summary: "Add a stream: a class of mail with keys, names and rotations of its own",
    params: domainParams,
    body: z.object({ name: streamName }),
    answer: streamSchema,
  }),
  removeStream: route({
    method: "DELETE",
    path: "/v1/domains/:domain/streams/:stream",
    summary: "Remove a stream for good: its key drains, and its mail is signed under the default stream",
    params: z.object({ domain: domainName, stream: streamName }),
    answer: nothing,
  }),
};
