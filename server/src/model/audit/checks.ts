import type { Check } from "./check.ts";
import { chainChecks } from "./checks/chain/chain-checks.ts";
import { delegationChecks } from "./checks/delegation/delegation-checks.ts";
import { dnssecChecks } from "./checks/dnssec/dnssec-checks.ts";
import { domainChecks } from "./checks/domain/domain-checks.ts";
import { driftChecks } from "./checks/drift/drift-checks.ts";
import { mailChecks } from "./checks/mail/mail-checks.ts";
import { providerChecks } from "./checks/provider/provider-checks.ts";

/** Every check, in the order in which a report tells them. */
export const checks: readonly Check[] = [
  ...chainChecks,
  ...delegationChecks,
  ...dnssecChecks,
  ...providerChecks,
  ...mailChecks,
  ...domainChecks,
  ...driftChecks,
];
