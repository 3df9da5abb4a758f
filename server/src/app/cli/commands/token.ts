import type { Command } from "commander";
import { apiClient, everyPage } from "../api-client.ts";
import { note, print } from "../exit.ts";
import { type CommonOptions, common, group, remote } from "../options/common.ts";
import { shown, table } from "../table.ts";

export function addToken(program: Command): void {
  const token = group(program, "token", "tokens for the API", "chancery token add deploy");
  const head = ["ID", "NAME", "TENANT", "MADE", "REVOKED"];
  const row = (one: {
    id: string;
    name: string;
    tenant: string | null;
    createdAt: number;
    revokedAt: number | null;
  }): string[] => [one.id, one.name, one.tenant ?? "every", shown.time(one.createdAt), shown.time(one.revokedAt)];

  remote(
    common(
      token.command("add <name>").description("make a token for a tenant; it is shown once"),
      "chancery token add deploy --tenant acme",
    ),
  ).action(async (name: string, options: CommonOptions) => {
    const added = await apiClient(options)("addToken", { body: { name } });
    if (options.json) return print(JSON.stringify(added));
    print(added.token);
    note(`token ${added.id} (${name}) for tenant ${added.tenant ?? "every"}; it is not shown again`);
  });
  remote(common(token.command("list").description("list tokens"), "chancery token list")).action(
    async (options: CommonOptions) => {
      const call = apiClient(options);
      const rows: string[][] = [];
      for await (const one of everyPage((after) => call("listTokens", { query: { after } })))
        if (options.json) print(JSON.stringify(one));
        else rows.push(row(one));
      if (!options.json) print(table(head, rows));
    },
  );
  remote(common(token.command("revoke <id>").description("revoke a token"), "chancery token revoke tok_4qzk")).action(
    async (id: string, options: CommonOptions) => {
      const revoked = await apiClient(options)("revokeToken", { params: { id } });
      print(options.json ? JSON.stringify(revoked) : table(head, [row(revoked)]));
    },
  );
}
