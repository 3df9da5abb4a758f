import { readFileSync, writeFileSync } from "node:fs";
import type { Command } from "commander";
import { apiClient, everyPage } from "../api-client.ts";
import { stdinText } from "../stdin.ts";
import { CommandFailed, exitStatus, note, print } from "../exit.ts";
import { type CommonOptions, common, group, remote } from "../options/common.ts";
import { table, visible } from "../table.ts";
import { differenceLines } from "../zone/change-text.ts";
import { addZoneDnssec } from "../zone/dnssec.ts";
import { addZoneLint } from "../zone/lint.ts";
import { addZoneRecord } from "../zone/record.ts";
import { addZoneTemplate } from "../zone/template.ts";

export function addZone(program: Command): void {
  const zone = group(program, "zone", "zones beyond the delegated ones (operator)", "chancery zone list");
  addZoneDnssec(zone);
  addPushes(zone);
  const head = ["ZONE", "KIND", "SERIAL", "RECORDS"];
  const row = (one: { origin: string; kind: string; serial: number; records: number }): string[] => [
    one.origin,
    one.kind,
    String(one.serial),
    String(one.records),
  ];

  remote(common(zone.command("list").description("list zones"), "chancery zone list")).action(
    async (options: CommonOptions) => {
      const call = apiClient(options);
      const rows: string[][] = [];
      for await (const one of everyPage((after) => call("listZones", { query: { after } })))
        if (options.json) print(JSON.stringify(one));
        else rows.push(row(one));
      if (!options.json) print(table(head, rows));
    },
  );
  remote(
    common(
      zone.command("show [name]").description("show a zone").option("--origin <name>", "the zone's name"),
      "chancery zone show dkim.esp.example",
    ),
  ).action(async (name: string | undefined, options: CommonOptions & { origin?: string }) => {
    const origin = options.origin ?? name;
    if (origin === undefined) throw new CommandFailed("say which zone: chancery zone show NAME");
    const one = await apiClient(options)("showZone", { params: { origin } });
    print(options.json ? JSON.stringify(one) : table(head, [row(one)]));
  });
  remote(
    common(
      zone.command("add <origin>").description("open a zone with SOA and NS by the settings"),
      "chancery zone add email.example.com",
    ),
  ).action(async (origin: string, options: CommonOptions) => {
    const added = await apiClient(options)("addZone", { body: { origin } });
    for (const warning of added.warnings) note(`warning: ${warning}`);
    print(options.json ? JSON.stringify(added) : table(head, [row(added)]));
  });
  remote(
    common(
      zone.command("remove <origin>").description("remove an operator's zone and all its records"),
      "chancery zone remove email.example.com",
    ),
  ).action(async (origin: string, options: CommonOptions) => {
    const removed = await apiClient(options)("removeZone", { params: { origin } });
    print(
      options.json
        ? JSON.stringify(removed)
        : `${removed.origin} is served no more; ${removed.records} records went with it`,
    );
  });
  addZoneRecord(zone);
  addZoneTemplate(zone);
  addZoneLint(zone);
  remote(
    common(
      zone
        .command("import <file>")
        .description("serve a zone file; - is standard input")
        .requiredOption("--origin <name>", "the zone's name")
        .option("--dry-run", "show what would differ"),
      "chancery zone import esp.zone --origin esp.example",
    ),
  ).action(async (file: string, options: CommonOptions & { origin: string; dryRun?: true }) => {
    const imported = await apiClient(options)("importZone", {
      params: { origin: options.origin },
      query: options.dryRun ? { dryRun: "true" } : {},
      body: { text: file === "-" ? await stdinText() : readText(file) },
    });
    for (const warning of imported.warnings) note(`warning: ${visible(warning)}`);
    if (options.json) return print(visible(JSON.stringify(imported)));
    if (!options.dryRun) return print(table(head, [row(imported)]));
    const { changes, differing } = imported;
    const more = differing > changes.length ? [`… and ${differing - changes.length} more`] : [];
    print(
      [...changes.flatMap(differenceLines), ...more, `${differing} RRsets differ; not done, only shown`].join("\n"),
    );
  });
  remote(
    common(
      zone
        .command("export [file]")
        .description("write a zone as a zone file (default: standard output)")
        .requiredOption("--origin <name>", "the zone's name"),
      "chancery zone export --origin dkim.esp.example",
    ),
  ).action(async (file: string | undefined, options: CommonOptions & { origin: string }) => {
    const exported = await apiClient(options)("exportZone", { params: { origin: options.origin } });
    if (options.json) print(JSON.stringify(exported));
    else if (file === undefined || file === "-") print(exported.text);
    else writeFileSync(file, exported.text);
  });
}

/** `chancery zone pushes`: 1 when one failed. */
function addPushes(zone: Command): void {
  remote(
    common(
      zone.command("pushes").description("zones that are pushed to name servers you have already, and how far"),
      "chancery zone pushes",
    ),
  ).action(async (options: CommonOptions) => {
    const { items } = await apiClient(options)("listZonePushes", {});
    if (options.json) for (const item of items) print(JSON.stringify(item));
    else
      print(
        table(
          ["TARGET", "ZONE", "STATE", "SERIAL", "PROBLEM"],
          items.map(({ target, zone: name, state, serial, problem }) => [
            target,
            name,
            state,
            String(serial ?? "-"),
            problem ?? "",
          ]),
        ),
      );
    if (items.some(({ state }) => state === "failed")) process.exitCode = exitStatus.negative;
  });
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new CommandFailed(`${file}: ${(error as Error).message}`);
  }
}
