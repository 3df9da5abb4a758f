import type { Database } from "../../engine/database/schema.ts";
import { listZonesOfDomain } from "../../engine/database/zones.ts";
import type { Finding } from "../../model/finding.ts";
import { zoneDnssec, type ZoneDnssecView } from "./view.ts";

/** The DS record that a customer may publish beside a delegation, with what was last seen of it. */
export type CustomerDs = {
  name: string;
  data: string;
  state: "present" | "absent" | "wrong";
  remedy: string | undefined;
  checkedAt: number | null;
};

/** What the owner of a domain does about the zones that it delegated to us, once these are signed. Nothing has to be done: unsigned keys work. */
export async function customerDs(
  db: Database,
  tenantId: string,
  domain: { id: string; name: string },
  now: number,
): Promise<{ records: CustomerDs[]; findings: Finding[] }> {
  const views: ZoneDnssecView[] = [];
  for (const zone of await listZonesOfDomain(db, tenantId, domain.id)) views.push(await zoneDnssec(db, zone, now));
  return {
    records: views.flatMap((view) => recordOf(view) ?? []),
    findings: views.flatMap((view) => findingOf(view, domain.name) ?? []),
  };
}

function recordOf({ origin, ds, lookedAt }: ZoneDnssecView): CustomerDs | undefined {
  if (ds.record === null) return undefined;
  const shown = { name: origin, data: ds.record.text, checkedAt: lookedAt };
  switch (ds.act) {
    case "publish":
      return { ...shown, state: "absent", remedy: `publish ${origin} DS ${ds.record.text}` };
    case "replace":
      return { ...shown, state: "wrong", remedy: `replace the DS records at ${origin} by ${ds.record.text}` };
    case "done":
      return { ...shown, state: "present", remedy: undefined };
    case "remove":
    case "wait":
    case "none":
      return undefined;
  }
}

/** DNS-E-25, and the one thing that must not be forgotten when a zone gives up being signed. */
function findingOf({ origin, ds, alarms }: ZoneDnssecView, domain: string): Finding | undefined {
  const finding = { code: "DelegationUnsigned", severity: "info" as const, subject: origin, evidence: alarms };
  if (ds.act === "publish")
    return {
      ...finding,
      summary: `${origin} is signed, and ${domain} has no DS record for it: its keys work, and are not protected by DNSSEC`,
      remedy: `nothing has to be done; where ${domain} is signed itself, publish ${origin} DS ${ds.record?.text ?? ""} beside the NS records`,
    };
  if (ds.act === "remove")
    return {
      ...finding,
      code: "DsToRemove",
      severity: "medium",
      summary: `${origin} is to be signed no more, and its DS record is still there; it stays signed until that is gone`,
      remedy: `remove the DS records at ${origin}`,
    };
  return undefined;
}
