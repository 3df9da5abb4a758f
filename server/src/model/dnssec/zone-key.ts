import type { TrustedMs } from "../key/key-fact.ts";
import type { Seconds } from "../seconds.ts";
import type { ZoneKeyFact } from "./zone-key-fact.ts";
import type { ZoneLook } from "./zone-look.ts";

/** `ksk` signs the keys and is what the parent's DS record names; `zsk` signs everything else (RFC 6781 §3.1). */
export type ZoneKeyRole = "ksk" | "zsk";
export const zoneKeyRoles = ["ksk", "zsk"] as const satisfies readonly ZoneKeyRole[];

/** What keys are made with: ECDSA P-256 with SHA-256, or Ed25519. */
export type ZoneAlgorithm = 13 | 15;

/** `online`: the name server signs what it answers. `presigned`: signatures are records of the zone, and travel with it. */
export type SigningMode = "online" | "presigned";

/** A key of a zone with its life so far. No two of a zone share a tag. */
export type ZoneKey = {
  id: string;
  role: ZoneKeyRole;
  algorithm: ZoneAlgorithm;
  keyTag: number;
  /** DNSKEY RDATA, base64. */
  dnskey: string;
  /** The DS records that name it, as `dsText` writes them; the first is the one that we ask for. */
  ds: readonly string[];
  /** In the order in which they were recorded. */
  facts: readonly ZoneKeyFact[];
};

/** How long what the zone says is kept by others. */
export type ZoneTtls = {
  dnskey: Seconds;
  /** The longest of any record, now or in a version that may still be in a cache. */
  longest: Seconds;
  /** How long "no such record" is kept (RFC 2308 §5). */
  negative: Seconds;
};

/** Everything that the next step of one zone depends on. */
export type ZoneKeysState = {
  /** `unsigned`: a zone that was signed gives it up, in safe steps. */
  goal: "signed" | "unsigned";
  /** What new keys are made with. Keys of another algorithm go. */
  algorithm: ZoneAlgorithm;
  keys: readonly ZoneKey[];
  /** The latest look at all servers of the zone and of its parent. A process that has just begun has none. */
  look: ZoneLook | undefined;
  ttls: ZoneTtls;
  trustedMs: TrustedMs;
};
