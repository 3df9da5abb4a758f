import { z } from "zod";
import { severities } from "./resources.ts";
import { domainName, domainParams, nothing, page, pageQuery, route } from "./route.ts";
import {
  findingStates,
  observationSchema,
  selectorSchema,
  trackedFindingSchema,
  watchEventSchema,
  watchSchema,
} from "./watch-resources.ts";

/** Watched domains, and what was seen of them. */
export const watchRoutes = {
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
    summary:
      "List findings: of watched domains, the worst first, then of the delegations of those that are not watched, by name",
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
};
