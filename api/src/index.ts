export * from "./dnssec-resources.ts";
export { dualSignings, keyTypes, type Policy, policyPresets } from "./policy-routes.ts";
export * from "./problem.ts";
export type { Rollout, RolloutDomain } from "./rollout-routes.ts";
export * from "./resources.ts";
export * from "./routes.ts";
export * from "./watch-resources.ts";
