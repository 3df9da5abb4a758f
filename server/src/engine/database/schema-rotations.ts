import type { ColumnType, Generated } from "kysely";

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
