import type { Sender } from "@chancery/api";
import type { Command } from "commander";
import { apiClient, everyPage } from "../api-client.ts";
import { stdinText } from "../stdin.ts";
import { CommandFailed, note, print } from "../exit.ts";
import { type CommonOptions, common, group, remote } from "../options/common.ts";
import { shown, table } from "../table.ts";

type AddOptions = CommonOptions & { milter?: true; passwordStdin?: true; stream?: string };

export function addSender(program: Command): void {
  const sender = group(
    program,
    "sender",
    "who may hand us mail: SMTP logins, milter peers",
    "chancery sender add app@customer.example",
  );
  const head = ["NAME", "KIND", "TENANT", "SINCE"];
  const row = (one: Sender): string[] => [one.name, one.kind, one.tenant, shown.time(one.createdAt)];
  const tableOf = (items: readonly Sender[]): string =>
    items.some(({ stream }) => stream !== null)
      ? table(
          [...head, "STREAM"],
          items.map((one) => [...row(one), one.stream ?? "-"]),
        )
      : table(head, items.map(row));

  remote(
    common(
      sender
        .command("add <name>")
        .description("add an SMTP login (its password is made and shown once), or with --milter the address of an MTA")
        .option("--milter", "NAME is the IP address of an MTA that uses the milter")
        .option("--stream <name>", "its mail is signed under this stream of each domain that has one of the name")
        .option("--password-stdin", "read the password from standard input instead of making one"),
      "chancery sender add app@customer.example",
    ),
  ).action(async (name: string, options: AddOptions) => {
    const kind = options.milter ? "milter" : "smtp";
    const password = options.passwordStdin ? (await stdinText()).replace(/\r?\n$/, "") : undefined;
    if (password !== undefined && password.length < 12) throw new CommandFailed("a password has 12 characters or more");
    const added = await apiClient(options)("addSender", {
      body: {
        kind,
        name,
        ...(password !== undefined && { password }),
        ...(options.stream !== undefined && { stream: options.stream }),
      },
    });
    if (options.json) return print(JSON.stringify(added));
    print(tableOf([added]));
    if (added.password !== null) {
      print(`password: ${added.password}`);
      note("the password is not shown again");
    }
  });
  remote(common(sender.command("list").description("list senders"), "chancery sender list")).action(
    async (options: CommonOptions) => {
      const call = apiClient(options);
      const items: Sender[] = [];
      for await (const one of everyPage((after) => call("listSenders", { query: { after } })))
        if (options.json) print(JSON.stringify(one));
        else items.push(one);
      if (!options.json) print(tableOf(items));
    },
  );
  remote(
    common(
      sender.command("remove <name>").description("remove a sender").option("--milter", "NAME is a milter peer"),
      "chancery sender remove app@customer.example",
    ),
  ).action(async (name: string, options: AddOptions) => {
    await apiClient(options)("removeSender", { params: { kind: options.milter ? "milter" : "smtp", name } });
    if (options.json) print(JSON.stringify({ name, removed: true }));
    else note(`${name} can no longer hand us mail`);
  });
}
