/** What is known to have happened in a claim's moves from one method to another, in order. Only ever appended to. */
export type MoveFactTable = {
  domainId: string;
  seq: number;
  kind: string;
  at: number;
  trustedMs: number;
  evidence: string;
};
