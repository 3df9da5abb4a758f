import type { ZoneTemplate } from "@chancery/api";
import type { Command } from "commander";
import { apiClient } from "../api-client.ts";
import { CommandFailed, note, print } from "../exit.ts";
import { type CommonOptions, common, group, remote } from "../options/common.ts";
import { repeated } from "../options/repeated.ts";
import { table, visible } from "../table.ts";
import { printChanged } from "./change-text.ts";
import { changeQueryOf, changing } from "./record.ts";

/** chancery zone template: usual sets of records. */
export function addZoneTemplate(zone: Command): void {
  const template = group(zone, "template", "usual sets of records", "chancery zone template list");
  remote(common(template.command("list").description("list the templates"), "chancery zone template list")).action(
    async (options: CommonOptions) => {
      const { items } = await apiClient(options)("listZoneTemplates", {});
      if (options.json) for (const one of items) print(JSON.stringify(one));
      else
        print(
          table(
            ["TEMPLATE", "WHAT"],
            items.map(({ name, about }) => [name, about]),
          ),
        );
    },
  );
  remote(
    common(
      template.command("show <name>").description("show a template's parameters"),
      "chancery zone template show dmarc",
    ),
  ).action(async (name: string, options: CommonOptions) => {
    const one = await apiClient(options)("showZoneTemplate", { params: { name } });
    print(options.json ? JSON.stringify(one) : templateText(one));
  });
  changing(
    common(
      template
        .command("apply <origin> <name>")
        .description("put what a template comes to into a zone")
        .option("--set <name=value>", "a parameter; repeatable", repeated),
      "chancery zone template apply email.example.com dmarc --set p=reject --set rua=dmarc@example.com --dry-run",
    ),
  ).action(async (origin: string, name: string, options: CommonOptions & { set?: string[]; dryRun?: true }) => {
    const { allowWildcard: _, ...query } = changeQueryOf(options);
    const { notes, ...changed } = await apiClient(options)("applyZoneTemplate", {
      params: { origin, name },
      query,
      body: { set: Object.fromEntries((options.set ?? []).map(settingOf)) },
    });
    if (options.json) print(visible(JSON.stringify({ ...changed, notes })));
    else printChanged(changed, options);
    for (const text of notes) note(`note: ${text}`);
  });
}

function settingOf(text: string): [string, string] {
  const at = text.indexOf("=");
  if (at < 1) throw new CommandFailed(`--set ${text}: write --set name=value`);
  return [text.slice(0, at), text.slice(at + 1)];
}

function templateText({ name, about, parameters, example }: ZoneTemplate): string {
  const rows = parameters.map((one) => [
    one.name,
    one.absent === null ? "has to be given" : one.absent === "" ? "-" : one.absent,
    one.about,
  ]);
  const values = Object.entries(example).map(([key, value]) => ` --set ${key}=${value}`);
  return [
    `${name}: ${about}`,
    "",
    table(["PARAMETER", "ABSENT", "WHAT"], rows),
    "",
    `chancery zone template apply example.com ${name}${values.join("")}`,
  ].join("\n");
}
