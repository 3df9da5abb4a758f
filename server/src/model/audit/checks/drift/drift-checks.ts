import type { Check } from "../../check.ts";

export const driftChecks: readonly Check[] = [];
