import { delegationFaults } from "./delegation-faults.ts";
import type { Scenario } from "./fault.ts";

/** Every scenario, by its name. */
export const scenarios: readonly Scenario[] = [delegationFaults];
