import { type Command, Option } from "commander";
import type { Domain } from "@chancery/api";
import { apiClient } from "../api-client.ts";
import { note, print } from "../exit.ts";
import { type CommonOptions, common, remote } from "../options/common.ts";
import { anyHost, dnsHostIds, dnsHosts, hostOf } from "../domain/dns-hosts.ts";
import { instructionsText, type Publishing } from "../domain/instructions.ts";
import { route53Batch } from "../domain/route53.ts";
import { recordsTable, recordsZoneText } from "../records-text.ts";

const formats = ["table", "zone", "instructions", "route53"] as const;
type Options = CommonOptions & { format?: (typeof formats)[number]; host?: string };

export function addRecords(program: Command): void {
  remote(
    common(
      program
        .command("records <domain>")
        .description("what the customer has to publish")
        .addOption(
          new Option(
            "--format <format>",
            "table (default); zone: text for a zone file, which Cloudflare imports too; instructions: a letter to the customer; route53: a change batch",
          ).choices(formats),
        )
        .addOption(
          new Option(
            "--host <host>",
            "instructions as this DNS host wants them (default: the one that the name servers show)",
          ).choices(dnsHostIds),
        ),
      "chancery records customer.example --format instructions --host cloudflare",
    ),
  ).action(async (name: string, options: Options) => {
    const call = apiClient(options);
    const format = options.format ?? (options.host === undefined ? "table" : "instructions");
    if (options.json) return print(JSON.stringify(await call("listRecords", { params: { domain: name } })));
    if (format === "instructions") {
      const domain = await call("showDomain", { params: { domain: name } });
      return print(instructionsText(domain, publishingOf(domain, options.host)));
    }
    const { domain, records } = await call("listRecords", { params: { domain: name } });
    switch (format) {
      case "table":
        return print(recordsTable(records));
      case "zone":
        return print(recordsZoneText(records));
      case "route53":
        print(JSON.stringify(route53Batch(domain, records), undefined, 2));
        return note(`for: aws route53 change-resource-record-sets --hosted-zone-id ID --change-batch file://FILE`);
    }
  });
}

/** The host that was named, else the one whose name servers were seen, else how most hosts are. */
function publishingOf({ customerZone }: Domain, named: string | undefined): Publishing {
  const zone = customerZone?.name;
  const host =
    dnsHosts.find(({ id }) => id === named) ??
    (named === undefined ? hostOf(customerZone?.nameServers ?? []) : undefined);
  return { host: host ?? anyHost, zone };
}
