import type { Check } from "../../check.ts";
import { leadsToAKey } from "./leads-to-a-key.ts";

export const chainChecks: readonly Check[] = [leadsToAKey];
