import type { Command } from "commander";
import { apiClient } from "../api-client.ts";
import { note, print } from "../exit.ts";
import { type CommonOptions, common, remote } from "../options/common.ts";

export function addKeyRollback(key: Command): void {
  remote(
    common(
      key
        .command("rollback <domain>")
        .description("go back to the key before, while it drains; the newer one drains from then on")
        .option("--stream <name>", "of this stream; absent: of the default stream")
        .option("--reason <text>", "for the record"),
      "chancery key rollback customer.example",
    ),
  ).action(async (domain: string, options: CommonOptions & { reason?: string; stream?: string }) => {
    const { reason, stream } = options;
    const rollback = await apiClient(options)("rollBack", {
      params: { domain },
      body: { ...(reason !== undefined && { reason }), ...(stream !== undefined && { stream }) },
    });
    if (options.json) return print(JSON.stringify(rollback));
    for (const { from, to } of rollback.items)
      print(`${to} signs again in place of ${from} as soon as its record was seen everywhere`);
    note(`watch it with: chancery key list ${rollback.domain}`);
  });
}
