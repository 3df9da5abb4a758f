export * from "./alias-routes.ts";
export * from "./dnssec-resources.ts";
export { dualSignings, keyTypes, type Policy, policyPresets } from "./policy-routes.ts";
export type { Revocation, Rollback } from "./revocation-routes.ts";
export * from "./problem.ts";
export type { Rollout, RolloutDomain } from "./rollout-routes.ts";
export * from "./resources.ts";
export * from "./routes.ts";
export * from "./watch-resources.ts";
