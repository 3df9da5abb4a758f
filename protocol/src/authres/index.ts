export type { AuthenticationResults, MethodResult, Property } from "./authentication-results.ts";
export { format } from "./format.ts";
export { parse } from "./parse.ts";
export { registered } from "./registered.ts";
export { stripForged } from "./strip-forged.ts";
