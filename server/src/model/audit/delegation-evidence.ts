/** What every authoritative server and every vantage point says. */
export type DelegationEvidence = { zones: readonly string[] };
