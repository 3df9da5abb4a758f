import type { Command } from "commander";
import { apiClient, everyPage } from "../api-client.ts";
import { CommandFailed, print } from "../exit.ts";
import { type CommonOptions, common, group, remote } from "../options/common.ts";
import { table, visible } from "../table.ts";
import { printChanged } from "./change-text.ts";

type ChangeOptions = CommonOptions & { ttl?: string; serial?: string; allowWildcard?: true; dryRun?: true };

/** Options of every command that changes records. */
export const changing = (command: Command): Command =>
  remote(command)
    .option("--serial <n>", "do nothing unless the zone still has this serial")
    .option("--dry-run", "show what would be done");

export const changeQueryOf = ({ serial, allowWildcard, dryRun }: ChangeOptions) => ({
  ...(serial !== undefined && { serial: wholeNumber("--serial", serial) }),
  ...(allowWildcard && { allowWildcard: "true" as const }),
  ...(dryRun && { dryRun: "true" as const }),
});

/** chancery zone record: the RRsets of a zone. */
export function addZoneRecord(zone: Command): void {
  const record = group(zone, "record", "the records of a zone", "chancery zone record list email.example.com");
  remote(
    common(
      record
        .command("list <origin>")
        .description("list the RRsets of a zone")
        .option("--name <name>", "those at this name; @ is the zone's own")
        .option("--type <type>", "those of this type"),
      "chancery zone record list email.example.com --type TXT",
    ),
  ).action(async (origin: string, options: CommonOptions & { name?: string; type?: string }) => {
    const call = apiClient(options);
    const rows: string[][] = [];
    const { name, type } = options;
    for await (const one of everyPage((after) =>
      call("listZoneRecords", {
        params: { origin },
        query: { after, ...(name !== undefined && { name }), ...(type !== undefined && { type }) },
      }),
    ))
      if (options.json) print(visible(JSON.stringify(one)));
      else for (const data of one.data) rows.push([one.name, String(one.ttl), one.type, one.source, data]);
    if (!options.json) print(table(["NAME", "TTL", "TYPE", "BY", "DATA"], rows));
  });
  changing(
    common(
      record
        .command("set <origin> <name> <type> <data...>")
        .description(
          "put an RRset: it takes the place of what stands at that name and type; one argument for each record",
        )
        .option("--ttl <seconds>", "absent: as it is, else 3600")
        .option("--allow-wildcard", "a wildcard that answers for every selector is meant"),
      "chancery zone record set email.example.com mta.email.example.com A 192.0.2.10 192.0.2.11 --ttl 300",
    ),
  ).action(async (origin: string, name: string, type: string, data: string[], options: ChangeOptions) => {
    const ttl = options.ttl === undefined ? {} : { ttl: wholeNumber("--ttl", options.ttl) };
    const changed = await apiClient(options)("putZoneRecords", {
      params: { origin, name, type },
      query: changeQueryOf(options),
      body: { ...ttl, data },
    });
    printChanged(changed, options);
  });
  changing(
    common(
      record.command("remove <origin> <name> <type>").description("remove an RRset"),
      "chancery zone record remove email.example.com mta.email.example.com AAAA",
    ),
  ).action(async (origin: string, name: string, type: string, options: ChangeOptions) => {
    const changed = await apiClient(options)("removeZoneRecords", {
      params: { origin, name, type },
      query: changeQueryOf(options),
    });
    printChanged(changed, options);
  });
}

function wholeNumber(option: string, text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new CommandFailed(`${option} ${text}: has to be a whole number`);
  return Number(text);
}
