import type { Database } from "../../engine/database/schema.ts";
import { listZoneKeys, listZoneSignings } from "../../engine/database/zone-keys.ts";
import type { StoredSigning, StoredZoneKey } from "../../engine/dns-server/zone-keys-file.ts";
import { isDestroyed } from "../../model/dnssec/presence.ts";
import { apexOfKeys } from "../../model/dnssec/zone-records.ts";
import { zoneKeysOf } from "./load-zone.ts";

/** What the zones that changed after change number `after` are signed with by name servers themselves; with 0 all of them. No keys: not at all. */
export async function readSignings(db: Database, after: number): Promise<StoredSigning[]> {
  const zones = await listZoneSignings(db, after);
  const rows = await listZoneKeys(
    db,
    zones.map(({ zone }) => zone.id),
  );
  const rowsOf = Map.groupBy(rows, ({ zoneId }) => zoneId);
  const signings: StoredSigning[] = [];
  for (const { zone, signing } of zones) {
    // A zone that was signed as it is asked stays so until it has signatures of its own.
    const isOnline = signing.mode === "online" || signing.signedSerial === null;
    const own = isOnline ? (rowsOf.get(zone.id) ?? []) : [];
    const keys = (await zoneKeysOf(db, zone.origin, own)).filter((key) => !isDestroyed(key));
    const { signsKeys, signsZone } = apexOfKeys({ goal: signing.goal, keys }, ({ id }) => id);
    const stored = (id: string, signs: StoredZoneKey["signs"]): StoredZoneKey[] =>
      own.flatMap(({ id: keyId, version, algorithm, dnskey, sealed }) =>
        keyId === id && sealed !== null ? [{ keyId, version, algorithm, dnskey, sealed, signs }] : [],
      );
    signings.push({
      zoneId: zone.id,
      origin: zone.origin,
      keys: [
        ...signsKeys.flatMap(({ id }) => stored(id, "keys")),
        ...signsZone.flatMap(({ id }) => stored(id, "zone")),
      ],
    });
  }
  return signings;
}
