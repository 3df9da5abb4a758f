import type { CodeRow } from "./code-row.ts";

export const dnssecCodes = {} satisfies Record<string, CodeRow>;
