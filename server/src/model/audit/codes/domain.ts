import type { CodeRow } from "./code-row.ts";

export const domainCodes = {} satisfies Record<string, CodeRow>;
