import type { Zone } from "@chancery/api";
import { importZone } from "../../service/zone/import.ts";
import { exportZone, zoneByOrigin, zones, type ZoneView } from "../../service/zone/zones.ts";
import { type Handlers, type HandlerContext, onlyAdmin, pageRequest, pageOf } from "./handler.ts";

/** Zones: the operator's, and those that Chancery fills itself. */
export function zoneHandlers({
  db,
  now,
  servedBy,
}: HandlerContext): Pick<Handlers, "listZones" | "showZone" | "exportZone" | "importZone"> {
  return {
    listZones: async (caller, { query }) => {
      onlyAdmin(caller);
      return pageOf(await zones(db, pageRequest(query)), zone);
    },
    showZone: async (caller, { params }) => {
      onlyAdmin(caller);
      return zone(await zoneByOrigin(db, params["origin"]!));
    },
    exportZone: async (caller, { params }) => {
      onlyAdmin(caller);
      return exportZone(db, params["origin"]!);
    },
    importZone: async (caller, { params, body }) => {
      onlyAdmin(caller);
      const imported = await importZone(db, params["origin"]!, (body as { text: string }).text, caller.tokenId, now());
      const served = await servedBy(imported.origin, imported.serial);
      const late = served
        ? []
        : [
            "the name server does not answer with this serial yet; it takes the zone over as soon as it reaches the database",
          ];
      return { ...zone(imported), warnings: [...imported.warnings, ...late] };
    },
  };
}

const zone = ({ origin, kind, serial, records }: ZoneView): Zone => ({ origin, kind, serial, records });
