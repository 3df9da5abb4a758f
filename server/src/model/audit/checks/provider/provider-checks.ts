import type { Check } from "../../check.ts";
import { microsoft365 } from "./microsoft365.ts";
import { requiredAliases } from "./required-aliases.ts";
import { sharedKey } from "./shared-key.ts";

export const providerChecks: readonly Check[] = [requiredAliases, microsoft365, sharedKey];
