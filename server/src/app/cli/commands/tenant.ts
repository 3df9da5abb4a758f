import type { Command } from "commander";
import { apiClient, everyPage } from "../api-client.ts";
import { exitStatus, note, print } from "../exit.ts";
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
  const removing = tenant
    .command("remove <name>")
    .description("remove a tenant: its domains are released, its tokens and senders end")
    .option("--yes", "really");
  remote(common(removing, "chancery tenant remove acme --yes")).action(
    async (name: string, options: CommonOptions & { yes?: true }) => {
      if (options.yes !== true) return refuseUnconfirmed(name);
      const one = await apiClient(options)("removeTenant", { params: { name } });
      print(options.json ? JSON.stringify(one) : table(head, [row(one)]));
      if (!options.json)
        note(
          `${name} is removed. The records of its keys stay until mail in flight has arrived; nobody gets their names.`,
        );
    },
  );
  remote(common(tenant.command("show <name>").description("show a tenant"), "chancery tenant show default")).action(
    async (name: string, options: CommonOptions) => {
      const one = await apiClient(options)("showTenant", { params: { name } });
      print(options.json ? JSON.stringify(one) : table(head, [row(one)]));
    },
  );
}

function refuseUnconfirmed(name: string): void {
  note(`this releases every domain of ${name} for good; with --yes it does: chancery tenant remove ${name} --yes`);
  process.exitCode = exitStatus.refused;
}
