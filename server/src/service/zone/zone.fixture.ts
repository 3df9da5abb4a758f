import { listAuditLog } from "../../engine/database/audit-log.ts";
import { insertDomain, markDomainVerified } from "../../engine/database/domains.ts";
import { newId } from "../../engine/database/id.ts";
import { type DatabaseOptions, openDatabase } from "../../engine/database/open.ts";
import { putRecords } from "../../engine/database/records.ts";
import type { Database } from "../../engine/database/schema.ts";
import { insertTenant } from "../../engine/database/tenants.ts";
import { transact } from "../../engine/database/transact.ts";
import { insertZone, raiseSerial } from "../../engine/database/zones.ts";
import { timingPresets } from "../../model/rotation/timing-policy.ts";
import { keyRecordAt, nsOf, soaOf } from "../../model/zone-content.ts";
import { addZone } from "./add.ts";
import { changeZone, type ChangedZone, type ZoneChangeRequest } from "./change.ts";
import type { Editor } from "./editor.ts";
import { exportZone } from "./zones.ts";
import { zoneToRead } from "./editor.ts";

export const dns = {
  zone: "dkim.esp.example",
  nameservers: [{ name: "ns1.dkim.esp.example", addresses: ["192.0.2.53"] }],
};
const policy = timingPresets.default;
export const settings = { dns, policy };
const startedAt = 1_795_000_000;

/** Zones in a database of their own, and who edits them. */
export type ZoneStage = {
  db: Database;
  operator: Editor;
  /** Opens an operator zone. */
  open: (origin: string) => Promise<void>;
  /** A verified claim of a new tenant with a delegated zone, which holds SOA, NS and one key record. */
  delegate: (domain: string) => Promise<{ origin: string; tenant: Editor; domainId: string; keyName: string }>;
  change: (
    origin: string,
    changes: ZoneChangeRequest["changes"],
    more?: Omit<ZoneChangeRequest, "changes"> & { editor?: Editor; now?: number },
  ) => Promise<ChangedZone>;
  text: (origin: string) => Promise<string>;
  log: () => Promise<{ actor: string; action: string; subject: string; detail: unknown; tenantId: string | null }[]>;
  close: () => Promise<void>;
};

export async function zoneStage(database: DatabaseOptions): Promise<ZoneStage> {
  const db = await openDatabase(database);
  const tenantId = newId("ten");
  await insertTenant(db, { id: tenantId, name: "default", createdAt: 1 });
  const operator: Editor = { actor: "admin", tenantId, kind: "operator" };
  return {
    db,
    operator,
    open: async (origin) => void (await addZone(db, operator, origin, settings, startedAt)),
    delegate: (domain) => delegated(db, domain),
    change: (origin, changes, { editor = operator, now = startedAt, ...more } = {}) =>
      changeZone(db, editor, origin, { changes, ...more }, settings, now),
    text: async (origin) => (await exportZone(db, await zoneToRead(db, operator, origin))).text,
    log: async () => (await listAuditLog(db, undefined, { limit: 100 })).rows,
    close: () => db.destroy(),
  };
}

async function delegated(db: Database, domain: string) {
  const [tenantId, domainId] = [newId("ten"), newId("dom")];
  const origin = `s._domainkey.${domain}`;
  const keyName = `nov2026.${origin}`;
  await insertTenant(db, { id: tenantId, name: tenantId.replaceAll("_", "-").toLowerCase(), createdAt: 1 });
  await transact(db, async (trx) => {
    await insertDomain(trx, {
      id: domainId,
      tenantId,
      name: domain,
      method: "ns-branch",
      label: "s",
      seed: domainId,
      challengeToken: domainId,
      algorithms: ["rsa-sha256"],
      createdAt: 1,
    });
    await markDomainVerified(trx, tenantId, domainId, 2);
    const zone = await insertZone(trx, {
      id: newId("zon"),
      origin,
      kind: "delegated",
      domainId,
      serial: 1,
      createdAt: 1,
    });
    const hosts = ["a.ns.dkim.esp.example"];
    await putRecords(trx, zone!.id, [
      { ...soaOf(origin, hosts, 1, dns, policy), source: "soa" },
      ...nsOf(origin, hosts, policy).map((record) => ({ ...record, source: "ns" })),
      { ...keyRecordAt(keyName, "v=DKIM1; p=", policy), source: "key:key_1" },
    ]);
    await raiseSerial(trx, zone!.id, 0, startedAt);
  });
  const tenant: Editor = { actor: "tok_1", tenantId, kind: "tenant" };
  return { origin, tenant, domainId, keyName };
}
