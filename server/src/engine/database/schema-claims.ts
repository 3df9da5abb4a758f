/** What is known of the proof of control behind a claim, in order. Only ever appended to; its standing is computed from it. */
export type ClaimFactTable = {
  domainId: string;
  seq: number;
  kind: string;
  at: number;
  trustedMs: number;
  evidence: string;
};

/** When the proof of control was last looked at, whatever came of it, on the trusted clock. */
export type ClaimLookTable = { domainId: string; lookedMs: number };

/** Every name of two labels or more above a claim: finds the claims below a name. */
export type ClaimAncestorTable = { domainId: string; ancestor: string };
