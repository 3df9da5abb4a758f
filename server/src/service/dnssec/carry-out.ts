import { keyTagOf, type ResourceRecord, TYPE } from "chancery/dns";
import { newId } from "../../engine/database/id.ts";
import { listRecordsBySource, putRecords, removeRecordsBySource } from "../../engine/database/records.ts";
import type { Transaction } from "../../engine/database/schema.ts";
import { transact } from "../../engine/database/transact.ts";
import {
  appendZoneKeyFact,
  claimZoneSigning,
  destroySealedZoneKey,
  insertZoneKey,
  updateZoneSigning,
} from "../../engine/database/zone-keys.ts";
import { raiseSerial } from "../../engine/database/zones.ts";
import { generateZoneKey, sealZoneKey, type ZoneKeypair } from "../../engine/keystore/zone-key.ts";
import { dsData } from "../../model/dnssec/ds-text.ts";
import type { KeyFinding, ZoneKeyStep } from "../../model/dnssec/next-step.ts";
import { isDestroyed } from "../../model/dnssec/presence.ts";
import { readZoneKeyFact, type ZoneKeyFinding } from "../../model/dnssec/zone-key-fact.ts";
import type { ZoneKey } from "../../model/dnssec/zone-key.ts";
import { apexOfKeys } from "../../model/dnssec/zone-records.ts";
import type { Seconds } from "../../model/seconds.ts";
import type { DnssecDeps } from "./deps.ts";
import type { LoadedZone } from "./load-zone.ts";
import { keySource } from "./sources.ts";

export type DurableStep = Exclude<ZoneKeyStep, { do: "wait" | "look" }>;

/** What a step is carried out under. */
export type Turn = { deps: DnssecDeps; loaded: LoadedZone; nowMs: number; trustedMs: number; dnskeyTtl: Seconds };

/** A tag is one of 65536: a few tries find one that is free. */
const triesMax = 16;

/**
 * Does one step, as one transaction: facts, and the records that they ask for, come together. False when somebody else wrote about these
 * keys since they were loaded; nothing is written then. `changed`: the zone has another content now.
 */
export async function carryOut(turn: Turn, step: DurableStep): Promise<{ done: boolean; changed: boolean }> {
  const { deps, loaded } = turn;
  const work = await prepared(turn, step);
  return transact(deps.db, async (trx) => {
    if (!(await claimZoneSigning(trx, loaded.zone.id, loaded.signing.rev))) return { done: false, changed: false };
    return { done: true, changed: await work(trx) };
  });
}

/** Makes the apex what the facts say, should anything else have changed it: a zone that was removed and came back. True when it had to. */
export async function keepApex(turn: Turn): Promise<boolean> {
  const { deps, loaded } = turn;
  const keys = loaded.state.keys.filter((key) => !isDestroyed(key));
  const there = await listRecordsBySource(deps.db, loaded.zone.id, keySource);
  if (lines(there) === lines(apexRecords(turn, keys))) return false;
  return transact(deps.db, async (trx) => {
    if (!(await claimZoneSigning(trx, loaded.zone.id, loaded.signing.rev))) return false;
    const changed = await replaceApex(trx, turn, keys);
    if (changed) await raiseSerial(trx, loaded.zone.id, 0, epochSeconds(turn));
    return changed;
  });
}

type Work = (trx: Transaction) => Promise<boolean>;

async function prepared(turn: Turn, step: DurableStep): Promise<Work> {
  switch (step.do) {
    case "generate": {
      const key = await newKey(turn, step);
      return async (trx) => {
        await insertZoneKey(trx, key);
        await append(trx, turn, key.id, { kind: "generated", evidence: { selfTested: true } });
        return false;
      };
    }
    case "record":
      return (trx) => recordFindings(trx, turn, step.findings);
    case "destroy":
      return async (trx) => {
        await destroySealedZoneKey(trx, step.key.id);
        const reason = "nothing of it has been anywhere for long enough";
        await append(trx, turn, step.key.id, { kind: "destroyed", evidence: { reason } });
        return false;
      };
  }
}

/** Facts are appended, and the apex is made what all facts together say. What was shown or taken carries the serial of that. */
async function recordFindings(trx: Transaction, turn: Turn, findings: readonly KeyFinding[]): Promise<boolean> {
  const { zone, state } = turn.loaded;
  const { trustedMs } = turn;
  const at = epochSeconds(turn);
  const keys = state.keys
    .filter((key) => !isDestroyed(key))
    .map((key): ZoneKey => {
      const own = findings.filter((one) => one.key.id === key.id).map(({ finding }) => finding);
      return { ...key, facts: [...key.facts, ...own.map((one) => readZoneKeyFact({ ...one, at, trustedMs }))] };
    });
  const content = await replaceApex(trx, turn, keys);
  // Who signs is no record of the zone, and secondaries of a pre-signed zone need a new version all the same.
  const changes = content || findings.some(({ finding: { kind } }) => kind === "shown" || kind === "taken");
  const serial = changes ? await raiseSerial(trx, zone.id, 0, at) : zone.serial;
  await updateZoneSigning(trx, zone.id, { longestTtl: state.ttls.longest });
  for (const { key, finding } of findings) await append(trx, turn, key.id, withSerial(finding, serial));
  return changes;
}

function withSerial(finding: ZoneKeyFinding, serial: number): ZoneKeyFinding {
  if (finding.kind !== "shown" && finding.kind !== "taken") return finding;
  return { ...finding, evidence: { ...finding.evidence, serial } };
}

/** The DNSKEY, CDS and CDNSKEY records that the facts ask for, in place of those that are there. False when they are the same. */
async function replaceApex(trx: Transaction, turn: Turn, keys: readonly ZoneKey[]): Promise<boolean> {
  const { zone } = turn.loaded;
  const wanted = apexRecords(turn, keys);
  const there = await listRecordsBySource(trx, zone.id, keySource);
  if (lines(there) === lines(wanted)) return false;
  await removeRecordsBySource(trx, zone.id, keySource);
  await putRecords(
    trx,
    zone.id,
    wanted.map((one) => ({ ...one, source: keySource })),
  );
  return true;
}

function apexRecords({ loaded, dnskeyTtl }: Turn, keys: readonly ZoneKey[]): ResourceRecord[] {
  const { zone, state } = loaded;
  const apex = apexOfKeys({ goal: state.goal, keys }, ({ ds }) => base64(dsData(ds[0]!)));
  const record =
    (type: number) =>
    (data: string): ResourceRecord => ({ name: zone.origin, type, ttl: dnskeyTtl, data: Buffer.from(data, "base64") });
  return [
    ...apex.dnskeys.map(record(TYPE.DNSKEY)),
    ...apex.cds.map(record(TYPE.CDS)),
    ...apex.cdnskeys.map(record(TYPE.CDNSKEY)),
  ];
}

const base64 = (octets: Uint8Array): string => Buffer.from(octets).toString("base64");
const lines = (records: readonly ResourceRecord[]): string =>
  records
    .map(({ name, type, ttl, data }) => `${name} ${type} ${ttl} ${base64(data)}`)
    .sort()
    .join("\n");

const epochSeconds = ({ nowMs }: Turn): number => Math.floor(nowMs / 1000);

async function append(trx: Transaction, turn: Turn, keyId: string, finding: ZoneKeyFinding): Promise<void> {
  const { kind, evidence } = finding;
  await appendZoneKeyFact(trx, { keyId, kind, evidence, at: epochSeconds(turn), trustedMs: turn.trustedMs });
}

/** A new key pair, sealed for the row it goes into; its tag is its own among all that the zone ever had. */
async function newKey(turn: Turn, { role, algorithm }: Extract<DurableStep, { do: "generate" }>) {
  const { deps, loaded } = turn;
  const pair = await pairWithFreeTag(loaded, role, algorithm);
  const id = newId("zky");
  const zoneId = loaded.zone.id;
  return {
    id,
    zoneId,
    role,
    algorithm,
    keyTag: keyTagOf(pair.dnskey),
    dnskey: base64(pair.dnskey),
    spkiSha256: pair.spkiSha256,
    sealed: await sealZoneKey(deps.kek, { zoneId, keyId: id, version: 1, algorithm }, pair.privateKey),
    version: 1,
    createdAt: epochSeconds(turn),
  };
}

async function pairWithFreeTag(
  { keyRows }: LoadedZone,
  role: ZoneKey["role"],
  algorithm: ZoneKey["algorithm"],
): Promise<ZoneKeypair> {
  for (let tries = 0; tries < triesMax; tries++) {
    const pair = await generateZoneKey(algorithm, role === "ksk" ? 257 : 256);
    if (!keyRows.some(({ keyTag }) => keyTag === keyTagOf(pair.dnskey))) return pair;
  }
  throw new Error("no key tag is free");
}
