/** One entry of a claim's rolls, as it is exported. Only ever appended to. */
export type RollTable = { domainId: string; seq: number; line: string; hash: string };

/** The sealed key (Ed25519) that signs the checkpoints of the rolls. */
export type RollsKeyTable = { id: number; sealed: string; createdAt: number };

/** Private halves that were made public, PKCS#8 in base64: what is here is no secret any more. */
export type DisclosedKeyTable = { keyId: string; privateKey: string; disclosedAt: number };
