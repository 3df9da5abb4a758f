import { z } from "zod";
import { domainParams, route } from "./route.ts";

const rollsQuery = z.object({
  after: z.coerce.number().int().min(0).default(0).describe("the number of the last entry of the page before"),
  limit: z.coerce.number().int().min(1).max(1000).default(500),
});

/** The record of every key's life. */
export const rollsRoutes = {
  exportRolls: route({
    method: "GET",
    path: "/v1/domains/:domain/rolls",
    summary:
      "Export the rolls of a domain: lines, each to be ended by a line feed; the last page ends with a signed checkpoint",
    params: domainParams,
    query: rollsQuery,
    answer: z.object({ lines: z.array(z.string()), next: z.int().nullable() }),
  }),
};
