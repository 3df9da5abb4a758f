import type { ColumnType, Generated } from "kysely";
import type { DelegationMethod, KeyAlgorithm } from "./schema.ts";

export type KeyTable = {
  id: string;
  tenantId: string;
  domainId: string;
  rotationId: string;
  /** Empty: the default stream. */
  stream: Generated<string>;
  /** The delegation method it was made under. */
  method: DelegationMethod;
  role: "primary" | "second";
  slot: number;
  selector: string;
  /** What verifiers ask: `<selector>._domainkey.<domain>`. */
  keyName: string;
  /** Owner of the TXT record in our zone. */
  recordName: string;
  algorithm: KeyAlgorithm;
  bits: number;
  /** Base64 of `p=`. */
  publicKey: string;
  /** The whole key record. */
  record: string;
  spkiSha256: string;
  /** The sealed private half (JSON envelope); null when there is none, or once it is destroyed. */
  sealed: string | null;
  version: number;
  createdAt: number;
  changedIn: number;
};

/** What is known to have happened to a key, in order. Only ever appended to; phases are computed from it. */
export type KeyFactTable = {
  keyId: string;
  seq: number;
  kind: string;
  at: number;
  trustedMs: number;
  evidence: string;
};

/** A fact about an alias of ours that leads on to an upstream's key. */
export type AliasFactTable = {
  domainId: string;
  selector: string;
  seq: number;
  kind: string;
  at: number;
  trustedMs: number;
  evidence: string;
};

/** A request for a successor key. */
export type RotationTable = {
  id: string;
  tenantId: string;
  domainId: string;
  reason: string;
  requestedAt: number;
  requestedBy: string;
  /** When it was called off, if it was. */
  abortedTrustedMs: ColumnType<number | null, number | null | undefined>;
  /** 1: an Ed25519 key signs beside the others while it runs. */
  dual: Generated<number>;
  /** Empty: the default stream. */
  stream: Generated<string>;
  /** Rises with each rotation of the domain: tells those of one second apart. */
  seq: Generated<number>;
};

/** What was decided about rotations in one place. */
export type RotationPolicyTable = {
  tenantId: string;
  /** Empty: for all domains of the tenant. */
  domainId: string;
  /** JSON: the parts that were decided. */
  fields: string;
  updatedAt: number;
  updatedBy: string;
};
