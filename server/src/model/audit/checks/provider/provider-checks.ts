import type { Check } from "../../check.ts";

export const providerChecks: readonly Check[] = [];
