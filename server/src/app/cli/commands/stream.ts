import type { Stream } from "@chancery/api";
import type { Command } from "commander";
import { apiClient } from "../api-client.ts";
import { note, print } from "../exit.ts";
import { type CommonOptions, common, group, remote } from "../options/common.ts";
import { shown, table } from "../table.ts";

export function addStream(program: Command): void {
  const stream = group(
    program,
    "stream",
    "classes of mail with keys and rotations of their own",
    "chancery stream add customer.example news",
  );
  const head = ["STREAM", "SIGNED WITH", "SINCE", "REMOVED"];
  const row = (one: Stream): string[] => [
    one.stream,
    one.selectors.join(", ") || (one.removedAt === null ? "the default stream, until its first key is active" : "-"),
    shown.time(one.createdAt),
    shown.time(one.removedAt),
  ];

  remote(
    common(
      stream.command("add <domain> <name>").description("add a stream; its names are to be published like the others"),
      "chancery stream add customer.example news",
    ),
  ).action(async (domain: string, name: string, options: CommonOptions) => {
    const added = await apiClient(options)("addStream", { params: { domain }, body: { name } });
    if (options.json) return print(JSON.stringify(added));
    print(table(head, [row(added)]));
    note(`what the customer has to publish: chancery records ${added.domain}`);
    note(`who sends under it: chancery sender add LOGIN --stream ${added.stream}`);
  });
  remote(
    common(
      stream.command("list <domain>").description("list the streams of a domain"),
      "chancery stream list customer.example",
    ),
  ).action(async (domain: string, options: CommonOptions) => {
    const { items } = await apiClient(options)("listStreams", { params: { domain } });
    if (options.json) return items.forEach((one) => print(JSON.stringify(one)));
    if (items.length === 0) return print("only the default stream, which has no name");
    print(table(head, items.map(row)));
  });
  remote(
    common(
      stream
        .command("remove <domain> <name>")
        .description("remove a stream for good: its key drains, its mail is signed under the default stream"),
      "chancery stream remove customer.example news",
    ),
  ).action(async (domain: string, name: string, options: CommonOptions) => {
    await apiClient(options)("removeStream", { params: { domain, stream: name } });
    if (options.json) return print(JSON.stringify({ domain, stream: name, removed: true }));
    note(
      `the keys of ${name} are on their way out; leave their records until "chancery records ${domain}" is without them`,
    );
  });
}
