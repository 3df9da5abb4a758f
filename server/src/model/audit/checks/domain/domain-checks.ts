import type { Check } from "../../check.ts";

export const domainChecks: readonly Check[] = [];
