export * from "./alias-routes.ts";
export * from "./dnssec-resources.ts";
export type { Revocation, Rollback } from "./revocation-routes.ts";
export * from "./problem.ts";
export * from "./resources.ts";
export * from "./routes.ts";
export * from "./watch-resources.ts";
