import type { Check } from "../../check.ts";

export const mailChecks: readonly Check[] = [];
