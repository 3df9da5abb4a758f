import type { Check } from "../../check.ts";

export const delegationChecks: readonly Check[] = [];
