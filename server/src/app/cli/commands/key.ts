import type { Key } from "@chancery/api";
import type { Command } from "commander";
import { apiClient } from "../api-client.ts";
import { note, print } from "../exit.ts";
import { type CommonOptions, common, group, remote } from "../options.ts";
import { shown, table } from "../table.ts";

export function addKey(program: Command): void {
  const key = group(program, "key", "the keys of a domain", "chancery key list customer.example");
  const head = ["SELECTOR", "ALGORITHM", "PHASE", "SINCE", "WAITS FOR", "UNTIL"];
  const row = (one: Key): string[] => [
    one.selector,
    one.algorithm === "rsa-sha256" ? `rsa-sha256 ${one.bits}` : one.algorithm,
    one.phase,
    shown.time(one.since),
    one.blocked === null ? (one.waitsFor ?? "-") : `blocked: ${one.blocked}`,
    shown.time(one.waitsUntil),
  ];

  remote(
    common(
      key.command("list <domain>").description("list keys, their phases, and what each waits for"),
      "chancery key list customer.example",
    ),
  ).action(async (domain: string, options: CommonOptions) => {
    const { items } = await apiClient(options)("listKeys", { params: { domain } });
    if (options.json) for (const one of items) print(JSON.stringify(one));
    else
      print(
        items.length === 0 ? "no keys yet: they are made once the domain is verified" : table(head, items.map(row)),
      );
  });
  remote(
    common(
      key.command("show <domain>").description("show the active keys with their records"),
      "chancery key show customer.example",
    ),
  ).action(async (domain: string, options: CommonOptions) => {
    const { items } = await apiClient(options)("listKeys", { params: { domain } });
    for (const one of items.filter(({ phase }) => phase === "active"))
      print(
        options.json
          ? JSON.stringify(one)
          : `${one.name}\n  target       ${one.target}\n  phase        ${one.phase}\n  fingerprint  ${one.fingerprint}\n  record       ${one.record}`,
      );
  });
  remote(
    common(
      key
        .command("rotate <domain>")
        .description("ask for a rotation: the next name takes over, the old key drains, then it is withdrawn")
        .option("--reason <text>", "for the record"),
      "chancery key rotate customer.example",
    ),
  ).action(async (domain: string, options: CommonOptions & { reason?: string }) => {
    const rotation = await apiClient(options)("rotateKey", {
      params: { domain },
      body: { ...(options.reason !== undefined && { reason: options.reason }) },
    });
    if (options.json) return print(JSON.stringify(rotation));
    print(`rotation ${rotation.id} of ${rotation.domain}: ${rotation.step}`);
    if (rotation.waitsFor !== null)
      print(
        `  waits for ${rotation.waitsFor}${rotation.waitsUntil === null ? "" : ` until ${shown.time(rotation.waitsUntil)}`}`,
      );
    note(`watch it with: chancery key list ${rotation.domain}`);
  });
}
