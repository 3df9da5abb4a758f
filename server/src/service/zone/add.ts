import { isAtOrBelow, parseName } from "chancery/dns";
import { appendAuditLog } from "../../engine/database/audit-log.ts";
import { newId } from "../../engine/database/id.ts";
import { putRecords, removeRecords } from "../../engine/database/records.ts";
import type { Database, ZoneRow } from "../../engine/database/schema.ts";
import { transact } from "../../engine/database/transact.ts";
import { insertZone, raiseSerial, removeZone as markZoneRemoved } from "../../engine/database/zones.ts";
import type { DnsSettings } from "../../model/delegation/delegation.ts";
import type { TimingPolicy } from "../../model/rotation/timing-policy.ts";
import { addressesOf, isWithin, nsOf, soaOf } from "../../model/zone-content.ts";
import { Refusal } from "../refusal.ts";
import { type Editor, zoneToEdit } from "./editor.ts";
import { withCount, type ZoneView } from "./zones.ts";

/** The settings from which a new zone gets its SOA and NS. `dns`: undefined until `dns.zone` is set. */
export type NewZoneSettings = { dns: DnsSettings | undefined; policy: TimingPolicy };

/** Opens an operator zone with its SOA, its NS, and the addresses of servers that are named inside it. */
export async function addZone(
  db: Database,
  editor: Editor,
  written: string,
  { dns, policy }: NewZoneSettings,
  now: number,
): Promise<ZoneView> {
  const name = parseName(written.trim());
  if (!name.ok) throw new Refusal("invalid-input", `${written}: ${name.problem}`);
  const origin = name.value;
  if (dns === undefined || dns.nameservers.length === 0)
    throw new Refusal("not-configured", "set dns.zone and dns.nameservers first: a new zone names its servers by them");
  if (origin === ".") throw new Refusal("invalid-input", "the root is no zone to open here");
  if (isAtOrBelow(origin, dns.zone))
    throw new Refusal(
      "forbidden",
      `${origin} belongs to ${dns.zone}, the zone of Chancery's own targets; it fills it by itself`,
    );
  const hosts = dns.nameservers.map((server) => server.name);
  const inside = dns.nameservers.filter((server) => isWithin(server.name, origin));
  return transact(db, async (trx) => {
    const row = await insertZone(trx, {
      id: newId("zon"),
      origin,
      kind: "operator",
      domainId: null,
      serial: now,
      createdAt: now,
    });
    if (row === undefined)
      throw new Refusal("already-exists", `${origin} is served already; "chancery zone show ${origin}" shows it`);
    const records = [
      soaOf(origin, hosts, row.serial, dns, policy),
      ...nsOf(origin, hosts, policy),
      ...addressesOf(
        inside.map((server) => server.name),
        { ...dns, nameservers: inside },
        policy,
      ),
    ];
    await putRecords(
      trx,
      row.id,
      records.map((record) => ({ ...record, source: "user" })),
    );
    await appendAuditLog(trx, {
      tenantId: null,
      at: now,
      actor: editor.actor,
      action: "zone.add",
      subject: origin,
      detail: { serial: row.serial, records: records.length },
    });
    return withCount(trx, row);
  });
}

/** Stops serving an operator zone and forgets its records; its serial is remembered, for the day on which it comes back. */
export async function removeZone(db: Database, editor: Editor, written: string, now: number): Promise<ZoneView> {
  return transact(db, async (trx) => {
    const row: ZoneRow = await zoneToEdit(trx, editor, written);
    if (row.kind !== "operator")
      throw new Refusal("forbidden", `${row.origin} is delegated for a domain; "chancery domain remove" releases that`);
    const view = await withCount(trx, row);
    await removeRecords(trx, row.id);
    await raiseSerial(trx, row.id, 0, now);
    await markZoneRemoved(trx, row.id, now);
    await appendAuditLog(trx, {
      tenantId: null,
      at: now,
      actor: editor.actor,
      action: "zone.remove",
      subject: row.origin,
      detail: { serial: row.serial, records: view.records },
    });
    return view;
  });
}
