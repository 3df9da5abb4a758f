import type { Check } from "../../check.ts";

export const dnssecChecks: readonly Check[] = [];
