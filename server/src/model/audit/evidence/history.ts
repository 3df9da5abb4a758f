/** What earlier looks saw of each key name, oldest first. Times in epoch seconds. */
export type HistoryEvidence = { keyNames: Readonly<Record<string, readonly EarlierSight[]>> };

export type EarlierSight = {
  firstSeen: number;
  lastSeen: number;
  /** SHA-256 of the SubjectPublicKeyInfo, hexadecimal; absent where no sound key was there. */
  fingerprint?: string;
  /** The targets of the aliases, in order. */
  targets: readonly string[];
};
