import { chainCodes } from "./codes/chain.ts";
import type { CodeRow } from "./codes/code-row.ts";
import { delegationCodes } from "./codes/delegation.ts";
import { dnssecCodes } from "./codes/dnssec.ts";
import { domainCodes } from "./codes/domain.ts";
import { driftCodes } from "./codes/drift.ts";
import { mailCodes } from "./codes/mail.ts";
import { providerCodes } from "./codes/provider.ts";

/** Every code of the auditor. Codes are added, never renamed. */
export const findingCodes = {
  ...chainCodes,
  ...delegationCodes,
  ...dnssecCodes,
  ...providerCodes,
  ...mailCodes,
  ...domainCodes,
  ...driftCodes,
} satisfies Record<string, CodeRow>;

export type FindingCode = keyof typeof findingCodes;
