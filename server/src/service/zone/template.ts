import type { Database } from "../../engine/database/schema.ts";
import type { Catalogue } from "../../model/provider/catalogue.ts";
import { zoneTemplates } from "../../model/zone/templates/all.ts";
import { applyTemplate, type ZoneTemplate } from "../../model/zone/templates/template.ts";
import { Refusal } from "../refusal.ts";
import { changeZoneAs, type ChangedZone, type ZoneSettings } from "./change.ts";
import type { Editor } from "./editor.ts";

export type TemplateRequest = {
  template: string;
  /** The values of its parameters. */
  set: Readonly<Record<string, string>>;
  serial?: number | undefined;
  dryRun?: boolean | undefined;
};

export function templateByName(name: string): ZoneTemplate {
  const template = zoneTemplates.find((one) => one.name === name);
  if (template === undefined)
    throw new Refusal(
      "not-found",
      `there is no template ${name}; there are ${zoneTemplates.map((one) => one.name).join(", ")}`,
    );
  return template;
}

/** Puts what a template comes to into a zone. The second time nothing is left to do. */
export async function putTemplate(
  db: Database,
  editor: Editor,
  origin: string,
  { template: name, set, ...request }: TemplateRequest,
  { catalogue, ...settings }: ZoneSettings & { catalogue: Catalogue },
  now: number,
): Promise<ChangedZone & { notes: string[] }> {
  const template = templateByName(name);
  return changeZoneAs(
    db,
    editor,
    origin,
    (zone) => applyTemplate(template, set, { zone, catalogue }),
    { ...request, cause: { template: name } },
    settings,
    now,
  );
}
