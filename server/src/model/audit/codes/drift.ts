import type { CodeRow } from "./code-row.ts";

export const driftCodes = {} satisfies Record<string, CodeRow>;
