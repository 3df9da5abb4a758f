import { TYPE } from "chancery/dns";
import { appendAuditLog } from "../../engine/database/audit-log.ts";
import { listRecordsAt, removeRecordsBySource } from "../../engine/database/records.ts";
import type { Database, Transaction, ZoneRow, ZoneSigningRow } from "../../engine/database/schema.ts";
import { transact } from "../../engine/database/transact.ts";
import {
  appendZoneKeyFact,
  claimZoneSigning,
  findZoneSigning,
  listZoneKeys,
  putZoneSigning,
  updateZoneSigning,
} from "../../engine/database/zone-keys.ts";
import { raiseSerial } from "../../engine/database/zones.ts";
import { isDestroyed, isHidden, isWanted, presenceOf } from "../../model/dnssec/presence.ts";
import type { SigningMode, ZoneAlgorithm, ZoneKey, ZoneKeyRole } from "../../model/dnssec/zone-key.ts";
import { Refusal } from "../refusal.ts";
import { zoneKeysOf } from "./load-zone.ts";
import { keySource, signatureSource } from "./sources.ts";

/** Who asks, when, and whether others hold copies of the zone that cannot sign by themselves. */
export type Asked = { zone: ZoneRow; actor: string; tenantId: string | null; now: number };

/**
 * Has a zone signed from now on; its keys are made by the controller. On a signed zone another algorithm begins a roll, another mode
 * changes who signs. `secondaries`: there are servers that only copy.
 */
export async function enableSigning(
  db: Database,
  asked: Asked,
  wanted: { algorithm?: ZoneAlgorithm; mode?: SigningMode; secondaries: boolean },
): Promise<void> {
  const { zone, actor, now } = asked;
  const mode = wanted.mode ?? (wanted.secondaries ? "presigned" : "online");
  if (mode === "online" && wanted.secondaries)
    throw new Refusal(
      "not-ready",
      `secondaries take a copy of ${zone.origin}, and a copy cannot be signed as it is asked: use the mode presigned, or take dns.secondaries out of the configuration`,
    );
  await refuseForeignSignatures(db, zone);
  await transact(db, async (trx) => {
    const before = await findZoneSigning(trx, zone.id);
    const algorithm = wanted.algorithm ?? before?.algorithm ?? 13;
    await putZoneSigning(trx, {
      zoneId: zone.id,
      goal: "signed",
      mode,
      algorithm,
      requestedAt: now,
      requestedBy: actor,
    });
    if (before?.mode === "presigned" && mode === "online") await takeSignaturesOut(trx, zone, now);
    if (before?.mode === "online" && mode === "presigned")
      await updateZoneSigning(trx, zone.id, { signedSerial: null, resignAt: null });
    await log(trx, asked, "zone.dnssec.enable", { mode, algorithm });
  });
}

/** Records of a zone that was signed elsewhere would stand beside ours. */
async function refuseForeignSignatures(db: Database, zone: ZoneRow): Promise<void> {
  const ours = [keySource, signatureSource];
  const foreign = (await listRecordsAt(db, zone.id, zone.origin)).filter(
    ({ type, source }) => !ours.includes(source) && signedTypes.includes(type),
  );
  if (foreign.length === 0) return;
  throw new Refusal(
    "invalid-input",
    `${zone.origin} was imported with DNSSEC records of its own, whose keys are not here: import it again without its DNSKEY, RRSIG, NSEC, CDS and CDNSKEY records, and then enable signing`,
  );
}

const signedTypes: readonly number[] = [TYPE.DNSKEY, TYPE.RRSIG, TYPE.NSEC, TYPE.NSEC3PARAM, TYPE.CDS, TYPE.CDNSKEY];

async function takeSignaturesOut(trx: Transaction, zone: ZoneRow, now: number): Promise<void> {
  await removeRecordsBySource(trx, zone.id, signatureSource);
  await raiseSerial(trx, zone.id, 0, now);
}

/** Has a signed zone give it up: first the parent's DS record has to go, then signatures and keys. */
export async function disableSigning(db: Database, asked: Asked): Promise<void> {
  const { zone, actor, now } = asked;
  await transact(db, async (trx) => {
    const { mode, algorithm, goal } = await signingOf(trx, zone);
    if (goal === "unsigned") return;
    await putZoneSigning(trx, {
      zoneId: zone.id,
      goal: "unsigned",
      mode,
      algorithm,
      requestedAt: now,
      requestedBy: actor,
    });
    await log(trx, asked, "zone.dnssec.disable", {});
  });
}

/** Has the key of a role replaced. Refused while one is on its way in or out: rolls of a role come one after another. */
export async function rollKey(db: Database, asked: Asked, role: ZoneKeyRole, trustedMs: number): Promise<void> {
  const { zone, now } = asked;
  await transact(db, async (trx) => {
    const signing = await signingOf(trx, zone);
    const key = await rollable(trx, zone, signing, role);
    if (!(await claimZoneSigning(trx, zone.id, signing.rev)))
      throw new Refusal("temporarily-unavailable", `the keys of ${zone.origin} change at this moment; ask again`);
    const evidence = { reason: "somebody asked for a successor" };
    await appendZoneKeyFact(trx, { keyId: key.id, kind: "retiring", evidence, at: now, trustedMs });
    await updateZoneSigning(trx, zone.id, { dueAt: 0 });
    await log(trx, asked, "zone.dnssec.roll", { role, keyTag: key.keyTag });
  });
}

async function rollable(trx: Transaction, zone: ZoneRow, signing: ZoneSigningRow, role: ZoneKeyRole): Promise<ZoneKey> {
  const all = await zoneKeysOf(trx, zone.origin, await listZoneKeys(trx, [zone.id]));
  const keys = all.filter((key) => key.role === role && !isDestroyed(key));
  if (signing.goal === "unsigned")
    throw new Refusal("not-ready", `${zone.origin} gives up being signed: there is nothing to roll`);
  const name = role.toUpperCase();
  const leaving = keys.find((key) => !isWanted(signing, key) && !isHidden(key));
  const key = keys.find((one) => isWanted(signing, one));
  if (leaving !== undefined || key === undefined)
    throw new Refusal(
      "rotation-queued",
      `a roll of the ${name} of ${zone.origin} is under way; "chancery zone dnssec show ${zone.origin}" says what it waits for`,
    );
  if (presenceOf(key, "dnskey") !== "everywhere")
    throw new Refusal(
      "not-ready",
      `the ${name} of ${zone.origin} is not known everywhere yet; "chancery zone dnssec show ${zone.origin}" says when it is`,
    );
  return key;
}

async function signingOf(trx: Transaction, zone: ZoneRow): Promise<ZoneSigningRow> {
  const signing = await findZoneSigning(trx, zone.id);
  if (signing !== undefined) return signing;
  throw new Refusal("not-ready", `${zone.origin} is not signed; "chancery zone dnssec enable ${zone.origin}" signs it`);
}

const log = (
  trx: Transaction,
  { zone, actor, tenantId, now }: Asked,
  action: string,
  detail: Record<string, unknown>,
): Promise<void> => appendAuditLog(trx, { tenantId, at: now, actor, action, subject: zone.origin, detail });
