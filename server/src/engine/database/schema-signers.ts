/** A process that signs. It counts as one until it has left, or its lease has ended for good. */
export type SignerTable = {
  id: string;
  /** The machine it runs on. */
  node: string;
  role: "milter" | "relay";
  startedAt: number;
  /** When it last said that it lives, by its own clock. */
  renewedAt: number;
  /** So long it may use what it last read. */
  leaseSeconds: number;
  /** The change up to which it knows the keys: it uses nothing that was read before. */
  acknowledged: number;
};

/** What was signed with a key, as far as its signers have told. `firstAt` and `lastAt` are `t=` of the first and the last signature. */
export type KeyUseTable = { keyId: string; signatures: number; firstAt: number; lastAt: number };

/** The same, a day at a time (UTC; days since 1970). */
export type KeyUseDayTable = { keyId: string; day: number; signatures: number };
