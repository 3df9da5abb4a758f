import { readFileSync } from "node:fs";
import type { Report } from "@chancery/api";
import type { Command } from "commander";
import { apiClient, everyPage } from "../api-client.ts";
import { CommandFailed, exitStatus, note, print } from "../exit.ts";
import { type CommonOptions, common, group, remote } from "../options/common.ts";
import { shown, table, visible } from "../table.ts";

/** What the API takes of one file, and a little less: base64 and the JSON around it. */
const fileOctetsMax = 11 * 1024 * 1024;

export function addReport(program: Command): void {
  const report = group(
    program,
    "report",
    "reports of receivers, and mail, as evidence of which keys are in use",
    "chancery report ingest google.com.zip",
  );
  const head = ["KIND", "FROM", "ABOUT", "BEGINS", "ENDS", "MESSAGES"];
  const row = (one: Report): string[] => [
    one.kind,
    visible(one.organization),
    visible(one.domain),
    shown.time(one.beginAt),
    shown.time(one.endAt),
    String(one.messages),
  ];

  remote(
    common(
      report
        .command("ingest <file...>")
        .description("take aggregate and failure reports, and messages that somebody received; each counts once"),
      "chancery report ingest reports/*.zip",
    ),
  ).action(async (files: string[], options: CommonOptions) => {
    const call = apiClient(options);
    const rows: string[][] = [];
    for (const file of files) {
      const { reports, problems } = await call("takeReport", { body: { file: octetsOf(file).toString("base64") } });
      if (options.json) print(JSON.stringify({ file, reports, problems }));
      for (const problem of problems) note(visible(`${file}: left out: ${problem}`));
      rows.push(...reports.map((one) => [...row(one), one.outcome === "known" ? "known already" : "taken"]));
      if (problems.length > 0) process.exitCode = exitStatus.refused;
    }
    if (!options.json) print(table([...head, ""], rows));
  });
  remote(common(report.command("show").description("list the reports that were taken"), "chancery report show")).action(
    async (options: CommonOptions) => {
      const call = apiClient(options);
      const rows: string[][] = [];
      for await (const one of everyPage((after) => call("listReports", { query: { after } })))
        if (options.json) print(JSON.stringify(one));
        else rows.push(row(one));
      if (options.json) return;
      print(rows.length === 0 ? "no reports yet: chancery report ingest FILE" : table(head, rows));
    },
  );
}

function octetsOf(file: string): Buffer {
  let octets: Buffer;
  try {
    octets = readFileSync(file);
  } catch (error) {
    throw new CommandFailed(`${file} cannot be read: ${(error as Error).message}`);
  }
  if (octets.length > fileOctetsMax)
    throw new CommandFailed(`${file} has over ${fileOctetsMax} octets: compress it, which is how reports are sent`);
  return octets;
}
