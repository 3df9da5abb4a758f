import type { Check } from "@chancery/api";
import { listZoneSignings } from "../../engine/database/zone-keys.ts";
import { KekUnusable } from "../../engine/keystore/kek.ts";
import { zoneDnssec } from "../../service/dnssec/view.ts";
import { openZoneKeystore } from "../keystore.ts";
import { zoneKekFileOf } from "../prepare.ts";
import type { HandlerContext } from "./handler.ts";

/** The KEK of the keys of zones, and each signed zone as the controller saw it last. */
export async function dnssecChecks({ db, loaded, directory, now }: HandlerContext): Promise<Check[]> {
  const checks: Check[] = [];
  const file = zoneKekFileOf(loaded, directory);
  try {
    await openZoneKeystore(db, file, now());
    checks.push({
      check: "zone kek",
      state: "ok",
      detail: `${file} opens the keys of signed zones; keep a copy off this machine`,
    });
  } catch (error) {
    if (!(error instanceof KekUnusable)) throw error;
    checks.push({ check: "zone kek", state: "failed", detail: error.message });
  }
  for (const { zone } of await listZoneSignings(db)) {
    const { state, ds, alarms } = await zoneDnssec(db, zone, now());
    if (state === "unsigned") continue;
    const check = `dnssec ${zone.origin}`;
    if (alarms.length > 0) checks.push({ check, state: "failed", detail: alarms.join("; ") });
    else if (["publish", "replace", "remove"].includes(ds.act))
      checks.push({
        check,
        state: "warning",
        detail: `the parent has to ${ds.act} a DS record: "chancery zone dnssec show ${zone.origin}" has it`,
      });
    else checks.push({ check, state: "ok", detail: ds.reason });
  }
  return checks;
}
