import type { Check } from "../../check.ts";
import { requiredAliases } from "./required-aliases.ts";
import { sharedKey } from "./shared-key.ts";

export const providerChecks: readonly Check[] = [requiredAliases, sharedKey];
