import {
  firstExpiration,
  readSoa,
  resign,
  type ResourceRecord,
  signatureTimes,
  soaData,
  TYPE,
  type ZoneSigning,
  type ZoneSigningKey,
  zoneSigningKey,
} from "chancery/dns";
import { bumpChangeCounter } from "../../engine/database/change-counter.ts";
import { everyRow } from "../../engine/database/page.ts";
import { listRecords, putRecords, removeRecordsOf, type ZoneRecord } from "../../engine/database/records.ts";
import type { Database, Transaction, ZoneRow, ZoneSigningRow } from "../../engine/database/schema.ts";
import { transact } from "../../engine/database/transact.ts";
import { zoneHistory } from "../../engine/database/zone-changes.ts";
import { findZoneSigning, listZoneKeys, updateZoneSigning } from "../../engine/database/zone-keys.ts";
import { findZone, raiseSerial } from "../../engine/database/zones.ts";
import type { Kek } from "../../engine/keystore/kek.ts";
import { openZoneKey } from "../../engine/keystore/zone-key.ts";
import { isDestroyed } from "../../model/dnssec/presence.ts";
import { apexOfKeys } from "../../model/dnssec/zone-records.ts";
import { hour, type Seconds } from "../../model/seconds.ts";
import { zoneKeysOf } from "./load-zone.ts";
import { signatureSource } from "./sources.ts";

/** Half of a signature's life: whoever cannot sign has as long to find out why. */
const refreshBeforeSeconds = signatureTimes.validitySeconds / 2;
/** What ends within so long after is made anew with it, so that a zone has few versions for its signatures alone. */
const togetherSeconds = 6 * hour;

/** What came of signing. `expiresAt`: the first end of a signature. `refused`: a key does not open; nothing was written. */
export type SignedZoneOutcome =
  | { result: "signed"; origin: string; serial: number; made: number; expiresAt: Seconds | undefined }
  | { result: "nothing-to-do" }
  | { result: "refused"; origin: string; detail: string };

/**
 * Brings the signatures and denials of a pre-signed zone up to date with its records, in a version of its own that name servers wait for: until
 * then they serve the one before (`signedSerial`). What did not change keeps its signature until half of its life is over.
 */
export async function signPresignedZone(
  { db, kek }: { db: Database; kek: Kek },
  zoneId: string,
  now: Seconds,
): Promise<SignedZoneOutcome> {
  const opened = await openedKeys(db, kek, zoneId);
  if (opened === undefined) return { result: "nothing-to-do" };
  const { origin, rev } = opened;
  if ("refused" in opened) return { result: "refused", origin, detail: opened.refused };
  return transact(db, async (trx) => {
    await bumpChangeCounter(trx); // from here on nobody else changes the zone
    const zone = await findZone(trx, zoneId);
    const signing = await findZoneSigning(trx, zoneId);
    // Keys that changed meanwhile are signed with at the next turn.
    if (zone === undefined || signing?.mode !== "presigned" || signing.rev !== rev) return { result: "nothing-to-do" };
    const isDue = signing.signedSerial !== zone.serial || (signing.resignAt ?? now + 1) <= now;
    if (!isDue) return { result: "nothing-to-do" };
    return signedIn(trx, zone, signing, opened.keys, now);
  });
}

/** When the first signature in the database ends; undefined where the zone has none. */
export const ownExpiresAt = ({ mode, resignAt }: Pick<ZoneSigningRow, "mode" | "resignAt">): Seconds | undefined =>
  mode === "presigned" && resignAt !== null ? resignAt + refreshBeforeSeconds : undefined;

type Opened = { origin: string; rev: number } & ({ keys: ZoneSigningKey[] } | { refused: string });

async function openedKeys(db: Database, kek: Kek, zoneId: string): Promise<Opened | undefined> {
  const zone = await findZone(db, zoneId);
  const signing = await findZoneSigning(db, zoneId);
  if (zone === undefined || signing === undefined) return undefined;
  const { origin } = zone;
  const rows = await listZoneKeys(db, [zoneId]);
  const keys = (await zoneKeysOf(db, origin, rows)).filter((key) => !isDestroyed(key));
  const { signsKeys, signsZone } = apexOfKeys({ goal: signing.goal, keys }, ({ id }) => id);
  const made: ZoneSigningKey[] = [];
  for (const { id } of [...signsKeys, ...signsZone]) {
    const row = rows.find((one) => one.id === id)!;
    if (row.sealed === null)
      return { origin, rev: signing.rev, refused: `the private half of key ${row.keyTag} is gone` };
    const dnskey = Buffer.from(row.dnskey, "base64");
    const { version, algorithm } = row;
    const opened = await openZoneKey(kek, { zoneId, keyId: id, version, algorithm }, row.sealed, dnskey);
    if (opened.result === "refused") return { origin, rev: signing.rev, refused: opened.detail };
    made.push(zoneSigningKey(dnskey, opened.privateKey, row.role === "ksk" ? "keys" : "zone"));
  }
  return { origin, rev: signing.rev, keys: made };
}

async function signedIn(
  trx: Transaction,
  zone: ZoneRow,
  { signedSerial }: ZoneSigningRow,
  keys: readonly ZoneSigningKey[],
  now: Seconds,
): Promise<SignedZoneOutcome> {
  const { id, origin } = zone;
  const all: ZoneRecord[] = [];
  for await (const record of everyRow((page) => listRecords(trx, id, page))) all.push(record);
  const made = all.filter(({ source }) => source === signatureSource).map(bare);
  const plain = all.filter(({ source }) => source !== signatureSource).map(bare);
  const before = await asSigned(trx, zone, signedSerial, plain);
  const serial = await raiseSerial(trx, id, 0, now);
  const isOn = keys.some(({ signs }) => signs === "zone");
  const signing: ZoneSigning = { ...signatureTimes, keys };
  const change = isOn
    ? resign(
        before === undefined ? made : [...withSerial(before, signedSerial ?? 0), ...made],
        withSerial(plain, serial),
        signing,
        now,
        {
          refreshBeforeSeconds:
            before === undefined ? signatureTimes.validitySeconds : refreshBeforeSeconds + togetherSeconds,
        },
      )
    : { removed: made, added: [] };
  const removed = change.removed.filter(isMade);
  const added = change.added.filter(isMade);
  await removeRecordsOf(trx, id, signatureSource, removed);
  await putRecords(
    trx,
    id,
    added.map((record) => ({ ...record, source: signatureSource })),
  );
  const gone = new Set(removed.map(keyOf));
  const expiresAt = firstExpiration([...made.filter((record) => !gone.has(keyOf(record))), ...added], now);
  const resignAt = expiresAt === undefined ? null : expiresAt - refreshBeforeSeconds;
  await updateZoneSigning(trx, id, { signedSerial: serial, resignAt });
  return { result: "signed", origin, serial, made: added.length, expiresAt };
}

/**
 * The records that the signatures there are were made over: those of now, with everything undone that happened since. Undefined when that is not
 * known; then all is signed anew.
 */
async function asSigned(
  trx: Transaction,
  zone: ZoneRow,
  signedSerial: number | null,
  plain: readonly ResourceRecord[],
): Promise<ResourceRecord[] | undefined> {
  if (signedSerial === null) return undefined;
  if (signedSerial === zone.serial) return [...plain];
  const history = await zoneHistory(trx, zone.id, signedSerial);
  if (history.since !== "kept") return undefined;
  const records = new Map(plain.map((record) => [keyOf(record), record]));
  for (const { removed, added } of history.versions.toReversed()) {
    for (const record of added) if (record.type !== TYPE.SOA && !records.delete(keyOf(record))) return undefined;
    for (const record of removed) if (record.type !== TYPE.SOA) records.set(keyOf(record), record);
  }
  return [...records.values()];
}

const isMade = ({ type }: ResourceRecord): boolean => type === TYPE.RRSIG || type === TYPE.NSEC;
const bare = ({ name, type, ttl, data }: ZoneRecord): ResourceRecord => ({ name, type, ttl, data });
const keyOf = ({ name, type, ttl, data }: ResourceRecord): string =>
  `${name} ${type} ${ttl} ${Buffer.from(data).toString("base64")}`;

/** The SOA of a zone carries the serial of its row. */
const withSerial = (records: readonly ResourceRecord[], serial: number): ResourceRecord[] =>
  records.map((record) =>
    record.type === TYPE.SOA ? { ...record, data: soaData({ ...readSoa(record.data), serial }) } : record,
  );
