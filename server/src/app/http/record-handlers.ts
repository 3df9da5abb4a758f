import type { ZoneTemplate as ShownTemplate } from "@chancery/api";
import { zoneTemplates } from "../../model/zone/templates/all.ts";
import type { ZoneTemplate } from "../../model/zone/templates/template.ts";
import { changeZone, type ChangedZone, type ZoneChangeRequest } from "../../service/zone/change.ts";
import type { Editor } from "../../service/zone/editor.ts";
import { lintZone } from "../../service/zone/lint.ts";
import { recordsOfZoneByPage } from "../../service/zone/records.ts";
import { putTemplate, templateByName } from "../../service/zone/template.ts";
import { Refusal } from "../../service/refusal.ts";
import { shippedCatalogue } from "../provider-catalogue.ts";
import { timingPolicy } from "../onboarding-settings.ts";
import { configWithSettings } from "../settings.ts";
import { type Caller, type Handlers, type HandlerContext, pageRequest } from "./handler.ts";

type Named =
  | "listZoneRecords"
  | "changeZoneRecords"
  | "putZoneRecords"
  | "removeZoneRecords"
  | "listZoneTemplates"
  | "showZoneTemplate"
  | "applyZoneTemplate"
  | "lintZone";
type Input = { params: Record<string, string>; query: Record<string, unknown>; ifMatch?: string | undefined };

/** Who edits, as services see it. */
export const editorOf = ({ admin, tenantId, tokenId }: Caller): Editor => ({
  actor: tokenId,
  tenantId,
  kind: admin ? "operator" : "tenant",
});

export const lateWarning =
  "the name server does not answer with this serial yet; it takes the zone over as soon as it reaches the database";

/** The records of zones: the operator's, and a tenant's in what is delegated for its own domains. */
export function recordHandlers({ db, loaded, now, servedBy }: HandlerContext): Pick<Handlers, Named> {
  const settings = async () => ({ policy: timingPolicy((await configWithSettings(db, loaded)).config) });
  const whenServed = async <C extends ChangedZone>(changed: C, { dryRun }: { dryRun: boolean }): Promise<C> => {
    const isServed = dryRun || changed.changes.length === 0 || (await servedBy(changed.origin, changed.serial));
    return isServed ? changed : { ...changed, warnings: [...changed.warnings, lateWarning] };
  };
  const change = async (caller: Caller, { params, query, ifMatch }: Input, changes: ZoneChangeRequest["changes"]) => {
    const request = { changes, ...conditionsOf(query, ifMatch) };
    const changed = await changeZone(db, editorOf(caller), params["origin"]!, request, await settings(), now());
    return whenServed(changed, request);
  };
  return {
    listZoneRecords: async (caller, { params, query }) => {
      const filter = query as { name?: string; type?: string };
      const { rows, next, serial } = await recordsOfZoneByPage(
        db,
        editorOf(caller),
        params["origin"]!,
        filter,
        pageRequest(query),
      );
      return { items: rows, next: next ?? null, serial };
    },
    changeZoneRecords: (caller, input) =>
      change(caller, input, (input.body as { changes: ZoneChangeRequest["changes"] }).changes),
    putZoneRecords: (caller, input) => {
      const { name, type } = input.params;
      const { ttl, data } = input.body as { ttl?: number; data: string[] };
      return change(caller, input, [{ do: "put", name: name!, type: type!, ttl, data }]);
    },
    removeZoneRecords: (caller, input) => {
      const { name, type } = input.params;
      return change(caller, input, [{ do: "remove", name: name!, type: type! }]);
    },
    listZoneTemplates: async () => ({ items: zoneTemplates.map(shownTemplate), next: null }),
    showZoneTemplate: async (_, { params }) => shownTemplate(templateByName(params["name"]!)),
    applyZoneTemplate: async (caller, { params, query, body, ifMatch }) => {
      const request = {
        template: params["name"]!,
        set: (body as { set: Record<string, string> }).set,
        ...conditionsOf(query, ifMatch),
      };
      const more = { ...(await settings()), catalogue: shippedCatalogue() };
      return whenServed(await putTemplate(db, editorOf(caller), params["origin"]!, request, more, now()), request);
    },
    lintZone: async (caller, { params }) => lintZone(db, editorOf(caller), params["origin"]!, await settings()),
  };
}

/** On what a change depends, and how it is meant, from the query and If-Match. */
export function conditionsOf(
  query: Record<string, unknown>,
  ifMatch: string | undefined,
): { serial: number | undefined; dryRun: boolean; allowWildcard: boolean } {
  const matched = ifMatch === undefined || ifMatch === "*" ? undefined : Number(ifMatch);
  if (matched !== undefined && !Number.isInteger(matched))
    throw new Refusal("invalid-input", 'If-Match holds the serial of the zone that was seen: If-Match: "2026112201"');
  return {
    serial: (query["serial"] as number | undefined) ?? matched,
    dryRun: query["dryRun"] === "true",
    allowWildcard: query["allowWildcard"] === "true",
  };
}

const shownTemplate = ({ name, about, parameters, example }: ZoneTemplate): ShownTemplate => ({
  name,
  about,
  parameters: parameters.map((one) => ({ name: one.name, about: one.about, absent: one.absent ?? null })),
  example: { ...example },
});
