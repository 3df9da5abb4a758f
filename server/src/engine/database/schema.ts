import type { Generated, Insertable, Kysely, Transaction as KyselyTransaction, Selectable } from "kysely";
import type { ClaimOptions } from "../../model/delegation/delegation.ts";
import type { RolloutPlan } from "../../model/rotation/rollout.ts";
import type { RotationPolicy } from "../../model/rotation/rotation-policy.ts";
import type { ClaimAncestorTable, ClaimFactTable, ClaimLookTable } from "./schema-claims.ts";
import type { AliasFactTable, KeyFactTable, KeyTable, RotationPolicyTable, RotationTable } from "./schema-keys.ts";
import type { MoveFactTable } from "./schema-moves.ts";
import type { NameServerReportTable, PushedRrsetTable, ZonePushTable } from "./schema-name-server.ts";
import type { RegistrationTable } from "./schema-registrations.ts";
import type { ReportTable, ReportUseTable } from "./schema-reports.ts";
import type { RolloutDomainTable, RolloutFactTable, RolloutTable } from "./schema-rollouts.ts";
import type { DisclosedKeyTable, RollsKeyTable, RollTable } from "./schema-rolls.ts";
import type { StreamTable } from "./schema-streams.ts";
import type { KeyUseDayTable, KeyUseTable, SignerTable } from "./schema-signers.ts";
import type {
  FindingTable,
  ObservationTable,
  WatchBudgetTable,
  WatchEventTable,
  WatchTable,
  WatchedSelectorTable,
} from "./schema-watches.ts";
import type { ZoneKeyFactTable, ZoneKeyTable, ZoneSigningTable } from "./schema-zone-keys.ts";

/*
 * Columns are written in camel case here and in snake case in SQL. Times are epoch seconds unless they end in `Ms`. Text that holds JSON is
 * opened by the repository of its table. `changedIn` is the number of the change that last touched the row (see `change-counter.ts`).
 */

export type DelegationMethod =
  | "ns-subdomain"
  | "ns-domainkey"
  | "ns-branch"
  | "cname-ring"
  | "cname-series"
  | "cname-chain"
  | "txt"
  | "third-party-domain"
  | "customer-key";

export type KeyAlgorithm = "rsa-sha256" | "ed25519-sha256";

export type TenantTable = {
  id: string;
  name: string;
  createdAt: number;
  /** Set for good when the tenant is removed; its keys may lie in the grave still. */
  removedAt: number | null;
};

export type TokenTable = {
  id: string;
  /** Null acts for every tenant. */
  tenantId: string | null;
  name: string;
  /** SHA-256 of the token in hexadecimal; the token itself is shown once and never stored. */
  hash: string;
  createdAt: number;
  revokedAt: number | null;
};

/** Settings made while running, through the API. */
export type SettingTable = { name: string; value: string; updatedAt: number; changedIn: number };

export type ChangeCounterTable = { id: number; value: number };

/** What only the right KEK opens; the first one stored counts for good. */
export type KekSentinelTable = { id: number; sealed: string; createdAt: number };

/** The trusted clock: how much time has provably passed, as one accumulator advanced by compare-and-set. */
export type TrustedClockTable = {
  id: number;
  rev: number;
  elapsedMs: number;
  wallMs: number;
  /** The database's own clock; null where it has none of its own (SQLite). */
  dbWallMs: number | null;
};

export type DomainTable = {
  id: string;
  tenantId: string;
  /** A-labels, lower case, no final dot. */
  name: string;
  method: DelegationMethod;
  label: string;
  /** Random, from which the names of this claim's targets are derived. */
  seed: string;
  challengeToken: string;
  /** What was agreed beyond the method (JSON). */
  options: string;
  algorithms: string;
  createdAt: number;
  verifiedAt: number | null;
  suspendedAt: number | null;
  releasedAt: number | null;
  /** Since when nobody else may claim a name below it; null: others may, with a proof of their own. */
  lockedAt: number | null;
  /** Fencing token: rises with every claim of the domain by a worker. */
  rev: number;
  leaseOwner: string | null;
  leaseUntil: number | null;
  /** When a worker has to look at the domain again. */
  dueAt: number;
  changedIn: number;
};

/** Every target name ever handed out. Rows are never removed and never change hands (I-16). */
export type IssuedNameTable = {
  name: string;
  domainId: string;
  purpose: "key-target" | "ns-host" | "signing-domain";
  slot: number;
  issuedAt: number;
};

export type ZoneTable = {
  id: string;
  origin: string;
  kind: "service" | "delegated" | "operator" | "catalog";
  domainId: string | null;
  /** Only ever rises, also when a removed zone comes back. */
  serial: number;
  createdAt: number;
  removedAt: number | null;
  changedIn: number;
};

export type RecordTable = {
  seq: Generated<number>;
  zoneId: string;
  name: string;
  type: number;
  ttl: number;
  /** RDATA in wire form, base64. */
  data: string;
  /**
   * Who put it there: `key:<id>`, `soa`, `ns`, `ns-host:<id>`, `import` (a zone file), `import:<domain id>` (other vendors' selectors), `user` (an operator or a tenant); in a catalog
   * `member:<zone id>`.
   */
  source: string;
};

/** A client allowed to hand us mail. */
export type SenderTable = {
  id: string;
  tenantId: string;
  kind: "smtp" | "milter";
  name: string;
  secretHash: string | null;
  /** The stream that its mail is signed under; empty: the default stream. */
  stream: Generated<string>;
  createdAt: number;
  removedAt: number | null;
  changedIn: number;
};

/** A version of a zone: what one transaction made of it. */
export type ZoneVersionTable = {
  zoneId: string;
  changedIn: number;
  /** -1 for a zone that began. */
  fromSerial: number;
  toSerial: number;
  /** Whether `zone_changes` has what changed. `anew`: an operator decided that it replaces whatever is served. */
  content: "kept" | "not kept" | "anew";
  /** Counted from 1 for each zone. */
  version: number;
  /** How many changes all versions of the zone up to this one had. */
  changesUpTo: number;
};

/** A record that a version of a zone took away or brought, in the order it happened. */
export type ZoneChangeTable = {
  zoneId: string;
  changedIn: number;
  seq: number;
  kind: "removed" | "added";
  name: string;
  type: number;
  ttl: number;
  /** RDATA in wire form, base64. */
  data: string;
};

/** What a name server serves beyond what the database has of a zone. */
export type SerialFloorTable = {
  origin: string;
  /** Which name server. */
  node: string;
  serial: number;
  /** `override`: records set on the name server itself. `ahead`: the database is an older copy of what is served. */
  cause: "override" | "ahead";
  reportedAt: number;
};

/** The latest observation of a record that the customer has to publish. */
export type RecordStateTable = {
  domainId: string;
  name: string;
  type: string;
  state: "present" | "absent" | "wrong" | "unknown";
  found: string;
  checkedAt: number;
};

/** What a claim takes over of other vendors' selectors. */
export type SelectorImportTable = {
  domainId: string;
  lookedAt: number;
  node: string;
  /** 1 or 0. */
  wildcard: number;
  /** JSON. */
  selectors: string;
  zoneSerial: number | null;
  servedAt: number | null;
  delegatedAt: number | null;
};

/** The answer to a request that carried an `Idempotency-Key`; `status` and `response` are null while it is being carried out. */
export type IdempotencyTable = {
  /** Empty for a token that acts for every tenant. */
  tenantId: string;
  key: string;
  requestHash: string;
  status: number | null;
  response: string | null;
  createdAt: number;
};

export type AuditLogTable = {
  seq: Generated<number>;
  /** Null for what concerns no single tenant. */
  tenantId: string | null;
  at: number;
  actor: string;
  action: string;
  subject: string;
  detail: string;
};

export type Tables = {
  tenants: TenantTable;
  tokens: TokenTable;
  settings: SettingTable;
  changeCounter: ChangeCounterTable;
  kekSentinel: KekSentinelTable;
  zoneKekSentinel: KekSentinelTable;
  trustedClock: TrustedClockTable;
  domains: DomainTable;
  claimFacts: ClaimFactTable;
  claimLooks: ClaimLookTable;
  claimAncestors: ClaimAncestorTable;
  issuedNames: IssuedNameTable;
  keys: KeyTable;
  keyFacts: KeyFactTable;
  moveFacts: MoveFactTable;
  aliasFacts: AliasFactTable;
  rotations: RotationTable;
  rotationPolicies: RotationPolicyTable;
  streams: StreamTable;
  rollouts: RolloutTable;
  rolloutFacts: RolloutFactTable;
  rolloutDomains: RolloutDomainTable;
  zones: ZoneTable;
  records: RecordTable;
  zoneVersions: ZoneVersionTable;
  zoneChanges: ZoneChangeTable;
  serialFloors: SerialFloorTable;
  senders: SenderTable;
  recordStates: RecordStateTable;
  selectorImports: SelectorImportTable;
  idempotency: IdempotencyTable;
  auditLog: AuditLogTable;
  watches: WatchTable;
  watchBudgets: WatchBudgetTable;
  observations: ObservationTable;
  watchedSelectors: WatchedSelectorTable;
  findings: FindingTable;
  watchEvents: WatchEventTable;
  zoneSignings: ZoneSigningTable;
  zoneKeys: ZoneKeyTable;
  zoneKeyFacts: ZoneKeyFactTable;
  zonePushes: ZonePushTable;
  pushedRrsets: PushedRrsetTable;
  nameServerReports: NameServerReportTable;
  signers: SignerTable;
  rolls: RollTable;
  rollsKey: RollsKeyTable;
  disclosedKeys: DisclosedKeyTable;
  keyUses: KeyUseTable;
  keyUseDays: KeyUseDayTable;
  reports: ReportTable;
  reportUses: ReportUseTable;
  registrations: RegistrationTable;
};

export type Database = Kysely<Tables>;
export type Transaction = KyselyTransaction<Tables>;

export type TenantRow = Selectable<TenantTable>;
export type TokenRow = Selectable<TokenTable>;
export type ZonePushRow = Selectable<ZonePushTable>;
export type TrustedClockRow = Selectable<TrustedClockTable>;
export type DomainRow = Omit<Selectable<DomainTable>, "algorithms" | "options"> & {
  algorithms: KeyAlgorithm[];
  options: ClaimOptions;
};
export type IssuedNameRow = Selectable<IssuedNameTable>;
export type KeyRow = Selectable<KeyTable>;
export type KeyFactRow = Omit<Selectable<KeyFactTable>, "evidence"> & { evidence: unknown };
export type MoveFactRow = Omit<Selectable<MoveFactTable>, "evidence"> & { evidence: unknown };
export type AliasFactRow = Omit<Selectable<AliasFactTable>, "evidence"> & { evidence: unknown };
export type RotationRow = Selectable<RotationTable>;
export type RolloutRow = Omit<Selectable<RolloutTable>, "plan" | "waves"> & { plan: RolloutPlan; waves: number[] };
export type RolloutDomainRow = Selectable<RolloutDomainTable>;
export type NewKey = Omit<Insertable<KeyTable>, "changedIn">;
export type NewRotation = Omit<Insertable<RotationTable>, "seq">;
export type RotationPolicyRow = Omit<Selectable<RotationPolicyTable>, "fields"> & { fields: Partial<RotationPolicy> };
export type ZoneRow = Selectable<ZoneTable>;
export type SerialFloorRow = Selectable<SerialFloorTable>;
export type SenderRow = Selectable<SenderTable>;
export type RecordStateRow = Omit<Selectable<RecordStateTable>, "found"> & { found: unknown };
export type AuditLogRow = Omit<Selectable<AuditLogTable>, "detail"> & { detail: unknown };
export type WatchRow = Omit<Selectable<WatchTable>, "selectors"> & { selectors: string[] };
export type WatchBudgetRow = Selectable<WatchBudgetTable>;
export type ZoneSigningRow = Omit<Selectable<ZoneSigningTable>, "sight"> & { sight: unknown };
export type ZoneKeyRow = Selectable<ZoneKeyTable>;
export type ZoneKeyFactRow = Omit<Selectable<ZoneKeyFactTable>, "evidence"> & { evidence: unknown };
export type SignerRow = Selectable<SignerTable>;
export type KeyUseRow = Selectable<KeyUseTable>;
export type RollRow = Selectable<RollTable>;
export type RegistrationRow = Selectable<RegistrationTable>;
export type NewReport = Insertable<ReportTable>;
export type ReportRow = Selectable<ReportTable>;
export type DisclosedKeyRow = Selectable<DisclosedKeyTable>;
