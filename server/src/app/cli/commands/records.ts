import { type Command, Option } from "commander";
import { apiClient } from "../api-client.ts";
import { print } from "../exit.ts";
import { type CommonOptions, common, remote } from "../options/common.ts";
import { instructionsText } from "../domain/instructions.ts";
import { recordsTable, recordsZoneText } from "../records-text.ts";

export function addRecords(program: Command): void {
  remote(
    common(
      program
        .command("records <domain>")
        .description("what the customer has to publish")
        .addOption(
          new Option("--format <format>", "table; zone: text for a zone file; instructions: a letter to the customer")
            .choices(["table", "zone", "instructions"])
            .default("table"),
        ),
      "chancery records customer.example --format zone",
    ),
  ).action(async (domain: string, options: CommonOptions & { format: "table" | "zone" | "instructions" }) => {
    const call = apiClient(options);
    if (options.format === "instructions" && !options.json)
      return print(instructionsText(await call("showDomain", { params: { domain } })));
    const answer = await call("listRecords", { params: { domain } });
    if (options.json) print(JSON.stringify(answer));
    else print(options.format === "zone" ? recordsZoneText(answer.records) : recordsTable(answer.records));
  });
}
