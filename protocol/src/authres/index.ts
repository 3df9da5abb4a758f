export { addResults } from "./add-results.ts";
export type { AuthenticationResults, MethodResult, Property } from "./authentication-results.ts";
export { believedResults } from "./believed-results.ts";
export { format } from "./format.ts";
export type { Origin } from "./origin.ts";
export { parse } from "./parse.ts";
export { registered } from "./registered.ts";
export { stripForged } from "./strip-forged.ts";
