import type { Command } from "commander";
import { apiClient, everyPage } from "../api-client.ts";
import { print } from "../exit.ts";
import { type CommonOptions, common, group, remote } from "../options/common.ts";
import { shown, table } from "../table.ts";

export function addTenant(program: Command): void {
  const tenant = group(program, "tenant", "customer organisations", "chancery tenant list");
  const head = ["TENANT", "ID", "SINCE"];
  const row = (one: { name: string; id: string; createdAt: number }): string[] => [
    one.name,
    one.id,
    shown.time(one.createdAt),
  ];

  remote(common(tenant.command("add <name>").description("add a tenant"), "chancery tenant add acme")).action(
    async (name: string, options: CommonOptions) => {
      const added = await apiClient(options)("addTenant", { body: { name } });
      print(options.json ? JSON.stringify(added) : table(head, [row(added)]));
    },
  );
  remote(common(tenant.command("list").description("list tenants"), "chancery tenant list")).action(
    async (options: CommonOptions) => {
      const call = apiClient(options);
      const rows: string[][] = [];
      for await (const one of everyPage((after) => call("listTenants", { query: { after } })))
        if (options.json) print(JSON.stringify(one));
        else rows.push(row(one));
      if (!options.json) print(table(head, rows));
    },
  );
  remote(common(tenant.command("show <name>").description("show a tenant"), "chancery tenant show default")).action(
    async (name: string, options: CommonOptions) => {
      const one = await apiClient(options)("showTenant", { params: { name } });
      print(options.json ? JSON.stringify(one) : table(head, [row(one)]));
    },
  );
}
