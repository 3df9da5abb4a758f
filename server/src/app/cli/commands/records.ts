import { type Command, Option } from "commander";
import { apiClient } from "../api-client.ts";
import { print } from "../exit.ts";
import { type CommonOptions, common, remote } from "../options/common.ts";
import { recordsTable, recordsZoneText } from "../records-text.ts";

export function addRecords(program: Command): void {
  remote(
    common(
      program
        .command("records <domain>")
        .description("what the customer has to publish")
        .addOption(
          new Option("--format <format>", "table, or zone: text for a zone file")
            .choices(["table", "zone"])
            .default("table"),
        ),
      "chancery records customer.example --format zone",
    ),
  ).action(async (domain: string, options: CommonOptions & { format: "table" | "zone" }) => {
    const answer = await apiClient(options)("listRecords", { params: { domain } });
    if (options.json) print(JSON.stringify(answer));
    else print(options.format === "zone" ? recordsZoneText(answer.records) : recordsTable(answer.records));
  });
}
