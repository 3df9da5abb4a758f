/**
 * What the linter says of a record. The codes are those that domain status, auditor and console share; `mistake` tells the
 * ways apart in which one code comes about. Neither `problem` nor `remedy` quotes more than a tag name or a character.
 */
export type KeyFinding = {
  code: KeyFindingCode;
  severity: "critical" | "high" | "medium" | "low" | "info";
  mistake: string;
  /** What is wrong, for people. */
  problem: string;
  /** What to do about it. */
  remedy: string;
};

export type KeyFindingCode =
  | "NoKeyRecord"
  | "KeyMalformed"
  | "KeyRevoked"
  | "KeyTesting"
  | "KeyWeak"
  | "MultipleKeyRecords"
  /** A record that reads well and that no verifier of ordinary mail may use. */
  | "KeyUnusable"
  /** It works, and differs from what everybody publishes: low where some verifier may stumble, info where none does. */
  | "KeyUnusual"
  /** The private half of a key stands in DNS. */
  | "PrivateKeyPublished";

export const malformed = (mistake: string, problem: string, remedy: string): KeyFinding => ({
  code: "KeyMalformed",
  severity: "high",
  mistake,
  problem,
  remedy,
});
