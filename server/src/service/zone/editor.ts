import type { Database, ZoneRow } from "../../engine/database/schema.ts";
import { findZoneByOrigin } from "../../engine/database/zones.ts";
import { claimState } from "../../model/claim/domain-status.ts";
import { Refusal } from "../refusal.ts";
import { originOf } from "./zones.ts";

/** Who asks for something in a zone. `actor` goes into the audit log. */
export type Editor = { actor: string; tenantId: string; kind: "operator" | "tenant" };

/** The zone, when this editor may look at it: a tenant sees only what is delegated for a claim of its own, as if no other were here. */
export async function zoneToRead(db: Database, editor: Editor, written: string): Promise<ZoneRow> {
  const origin = originOf(written);
  const row = await findZoneByOrigin(db, origin);
  if (row === undefined || (editor.kind === "tenant" && (await ownerOf(db, row))?.tenantId !== editor.tenantId))
    throw new Refusal(
      "not-found",
      editor.kind === "operator"
        ? `no zone ${origin} is served; "chancery zone list" names those that are`
        : `no zone ${origin} is delegated for a domain of this tenant`,
    );
  return row;
}

/** The zone, when this editor may change it. */
export async function zoneToEdit(db: Database, editor: Editor, written: string): Promise<ZoneRow> {
  const row = await zoneToRead(db, editor, written);
  if (row.kind === "service" || row.kind === "catalog")
    throw new Refusal("forbidden", `${row.origin} is ${ownZones[row.kind]}; Chancery fills it by itself`);
  if (row.kind === "operator") return row;
  const owner = await ownerOf(db, row);
  const claim = owner === undefined ? "released" : claimState(owner);
  if (claim !== "verified")
    throw new Refusal(
      "forbidden",
      `the claim that ${row.origin} is delegated for is ${claim}; only that of a verified one can be changed`,
    );
  return row;
}

const ownZones = {
  service: "the zone of Chancery's own targets and NS names",
  catalog: "the list of zones for secondaries",
};

/** The claim that a delegated zone serves. */
async function ownerOf(db: Database, { domainId }: ZoneRow) {
  if (domainId === null) return undefined;
  return db
    .selectFrom("domains")
    .select(["tenantId", "method", "verifiedAt", "suspendedAt", "releasedAt"])
    .where("id", "=", domainId)
    .executeTakeFirst();
}
