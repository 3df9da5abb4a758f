import { algorithmName } from "chancery/dns";
import type { Database, ZoneRow } from "../../engine/database/schema.ts";
import { findZoneSigning, listZoneKeys } from "../../engine/database/zone-keys.ts";
import { type DsAdvice, dsAdvice } from "../../model/dnssec/ds-advice.ts";
import { dsData } from "../../model/dnssec/ds-text.ts";
import { isDestroyed } from "../../model/dnssec/presence.ts";
import type { SigningMode, ZoneKey, ZoneKeyRole, ZoneKeysState } from "../../model/dnssec/zone-key.ts";
import { zoneAlarms } from "../../model/dnssec/zone-alarm.ts";
import { type ZoneKeyPhase, zoneKeyPhase } from "../../model/dnssec/zone-key-phase.ts";
import { ownExpiresAt } from "./sign-zone.ts";
import { zoneKeysOf } from "./load-zone.ts";
import type { ZoneSight } from "./visit.ts";

/** A DS record in the forms in which registrars ask for it. */
export type DsForms = {
  /** RDATA as in a zone file. */
  text: string;
  keyTag: number;
  algorithm: number;
  algorithmName: string;
  digestType: number;
  digest: string;
  flags: number;
  /** The key itself, base64, for those who make the digest by themselves. */
  publicKey: string;
};

export type ZoneKeyView = {
  role: ZoneKeyRole;
  keyTag: number;
  algorithm: number;
  phase: ZoneKeyPhase;
  since: number;
};

export type ZoneDnssecView = {
  origin: string;
  state: "unsigned" | "signed" | "giving-up";
  mode: SigningMode | null;
  algorithm: number | null;
  keys: ZoneKeyView[];
  ds: Omit<DsAdvice, "key"> & { record: DsForms | null };
  waits: { reason: string; keyTag: number | null; until: number | null }[];
  lookedAt: number | null;
  /** What is wrong, with what to do. */
  alarms: string[];
};

/** A zone's keys as they stand, what is waited for, and what the parent has to do. */
export async function zoneDnssec(db: Database, zone: ZoneRow, now: number): Promise<ZoneDnssecView> {
  const signing = await findZoneSigning(db, zone.id);
  const keys = (await zoneKeysOf(db, zone.origin, await listZoneKeys(db, [zone.id]))).filter(
    (key) => !isDestroyed(key),
  );
  if (signing === undefined || (signing.goal === "unsigned" && keys.length === 0)) return unsignedView(zone.origin);
  keys.sort((a, b) => (a.role < b.role ? -1 : a.role > b.role ? 1 : 0)); // in the order in which they were made otherwise
  const sight = signing.sight as ZoneSight | undefined;
  const { goal, mode, algorithm } = signing;
  const state: Omit<ZoneKeysState, "ttls"> = {
    goal,
    algorithm,
    keys,
    look: sight?.look,
    trustedMs: sight?.trustedMs ?? 0,
  };
  const { key, ...advice } = dsAdvice(state, (one) => Buffer.from(dsData(one.ds[0]!)).toString("base64"));
  return {
    origin: zone.origin,
    state: goal === "signed" ? "signed" : "giving-up",
    mode,
    algorithm,
    keys: keys.map((one) => ({
      role: one.role,
      keyTag: one.keyTag,
      algorithm: one.algorithm,
      phase: zoneKeyPhase(state, one),
      since: one.facts.at(-1)?.at ?? 0,
    })),
    ds: { ...advice, record: key === undefined ? null : dsForms(key) },
    waits: (sight?.waits ?? []).map(({ reason, keyTag, untilTrustedMs }) => ({
      reason,
      keyTag: keyTag ?? null,
      // Waits run on a clock of their own, which is never ahead of this one.
      until:
        untilTrustedMs === undefined || sight === undefined
          ? null
          : Math.ceil(sight.at + Math.max(0, untilTrustedMs - sight.trustedMs) / 1000),
    })),
    alarms: zoneAlarms({ look: sight?.look, keys, ownExpiresAt: ownExpiresAt(signing) }, now),
    lookedAt: sight?.look === undefined ? null : Math.floor(sight.at - (sight.trustedMs - sight.look.trustedMs) / 1000),
  };
}

const unsignedView = (origin: string): ZoneDnssecView => ({
  origin,
  state: "unsigned",
  mode: null,
  algorithm: null,
  keys: [],
  ds: { act: "none", reason: "the zone is not signed", record: null },
  waits: [],
  alarms: [],
  lookedAt: null,
});

function dsForms(key: ZoneKey): DsForms {
  const text = key.ds[0]!;
  const [keyTag, algorithm, digestType, digest] = text.split(" ");
  const dnskey = Buffer.from(key.dnskey, "base64");
  return {
    text,
    keyTag: Number(keyTag),
    algorithm: Number(algorithm),
    algorithmName: algorithmName(Number(algorithm)),
    digestType: Number(digestType),
    digest: digest!,
    flags: dnskey.readUInt16BE(0),
    publicKey: dnskey.subarray(4).toString("base64"),
  };
}
