import type { Verification } from "./verification.ts";

/**
 * Who takes responsibility for the message: `d=` of each passing signature, each domain once, in the order of the fields (RFC
 * 6376 §3.11). This is all that a decision over the message may rest on: broken signatures are as if they were not there
 * (§6.1), and so are those of a key in testing mode (§3.6.1 `t=`). It says nothing of who wrote the message.
 */
export const responsibleDomains = (verifications: readonly Verification[]): string[] => [
  ...new Set(
    verifications.flatMap(({ result, testing, signingDomain }) =>
      result === "pass" && !testing && signingDomain !== undefined ? [signingDomain] : [],
    ),
  ),
];
