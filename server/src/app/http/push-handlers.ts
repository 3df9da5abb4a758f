import type { Check, ZonePush } from "@chancery/api";
import { listPushes } from "../../engine/database/zone-pushes.ts";
import { type Handlers, type HandlerContext, onlyAdmin } from "./handler.ts";

/** Zones that are pushed elsewhere. */
export function pushHandlers(context: HandlerContext): Pick<Handlers, "listZonePushes"> {
  return {
    listZonePushes: async (caller) => {
      onlyAdmin(caller);
      return { items: await zonePushes(context) };
    },
  };
}

/** One check a zone and target. */
export async function pushChecks(context: Pick<HandlerContext, "db" | "loaded">): Promise<Check[]> {
  return (await zonePushes(context)).map(({ target, zone, state, serial, problem }): Check => {
    const check = `push ${zone} to ${target}`;
    if (state === "failed") return { check, state: "failed", detail: problem ?? "failed" };
    if (state === "current") return { check, state: "ok", detail: `serial ${serial} stands there` };
    return {
      check,
      state: "warning",
      detail: "not there yet: ask again in a few seconds; a controller has to be running",
    };
  });
}

/** Those of the configuration only: what was pushed to a target that is no longer named stays there, and is nobody's business. */
async function zonePushes({ db, loaded }: Pick<HandlerContext, "db" | "loaded">): Promise<ZonePush[]> {
  const isConfigured = (target: string, zone: string): boolean =>
    loaded.config["dns.push"].some(({ name, zones }) => name === target && zones.includes(zone));
  return (await listPushes(db))
    .filter(({ target, origin }) => isConfigured(target, origin))
    .map(({ target, origin, serial, zoneSerial, pushedAt, problem }) => ({
      target,
      zone: origin,
      state: problem !== null ? "failed" : serial === zoneSerial ? "current" : "behind",
      serial,
      pushedAt,
      problem,
    }));
}
