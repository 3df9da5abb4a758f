import type { Zone } from "@chancery/api";
import { addZone, removeZone } from "../../service/zone/add.ts";
import { zoneToRead } from "../../service/zone/editor.ts";
import { importZone } from "../../service/zone/import.ts";
import { exportZone, withCount, zones, type ZoneView } from "../../service/zone/zones.ts";
import { dnsSettings, timingPolicy } from "../onboarding-settings.ts";
import { configWithSettings } from "../settings.ts";
import { type Handlers, type HandlerContext, onlyAdmin, pageRequest, pageOf } from "./handler.ts";
import { editorOf, lateWarning } from "./record-handlers.ts";

type Named = "listZones" | "addZone" | "removeZone" | "showZone" | "exportZone" | "importZone";

/** Zones: the operator's, and those that Chancery fills itself. A tenant sees those delegated for its own domains. */
export function zoneHandlers({ db, loaded, now, servedBy }: HandlerContext): Pick<Handlers, Named> {
  const whenServed = async (view: ZoneView): Promise<string[]> =>
    (await servedBy(view.origin, view.serial)) ? [] : [lateWarning];
  return {
    listZones: async (caller, { query }) => {
      onlyAdmin(caller);
      return pageOf(await zones(db, pageRequest(query)), zone);
    },
    addZone: async (caller, { body }) => {
      onlyAdmin(caller);
      const { config } = await configWithSettings(db, loaded);
      const settings = { dns: dnsSettings(config), policy: timingPolicy(config) };
      const added = await addZone(db, editorOf(caller), (body as { origin: string }).origin, settings, now());
      return { ...zone(added), warnings: await whenServed(added) };
    },
    removeZone: async (caller, { params }) => {
      onlyAdmin(caller);
      return zone(await removeZone(db, editorOf(caller), params["origin"]!, now()));
    },
    showZone: async (caller, { params }) =>
      zone(await withCount(db, await zoneToRead(db, editorOf(caller), params["origin"]!))),
    exportZone: async (caller, { params }) => exportZone(db, await zoneToRead(db, editorOf(caller), params["origin"]!)),
    importZone: async (caller, { params, query, body }) => {
      onlyAdmin(caller);
      const { config } = await configWithSettings(db, loaded);
      const options = { dryRun: query["dryRun"] === "true", policy: timingPolicy(config) };
      const { text } = body as { text: string };
      const imported = await importZone(db, params["origin"]!, text, caller.tokenId, now(), options);
      const { differing, changes } = imported;
      const late = options.dryRun ? [] : await whenServed(imported);
      return { ...zone(imported), warnings: [...imported.warnings, ...late], differing, changes };
    },
  };
}

const zone = ({ origin, kind, serial, records }: ZoneView): Zone => ({ origin, kind, serial, records });
