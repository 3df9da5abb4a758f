import type { NameServer } from "@chancery/api";
import type { Command } from "commander";
import { apiClient } from "../api-client.ts";
import { exitStatus, note, print } from "../exit.ts";
import { type CommonOptions, common, remote } from "../options/common.ts";
import { table } from "../table.ts";

/** `chancery nameserver status`: 1 when a name server is silent, or a person has to do something about it or about a secondary. */
export function addStatus(nameServer: Command): void {
  remote(
    common(
      nameServer.command("status").description("what each name server last said of itself"),
      "chancery nameserver status",
    ),
  ).action(async (options: CommonOptions) => {
    const { items } = await apiClient(options)("listNameServers", {});
    if (options.json) for (const item of items) print(JSON.stringify(item));
    else
      print(
        table(["NODE", "STATE", "LISTENS", "ZONES", "NOT READY", "UDP", "TCP", "LIMITED", "SAID AT"], items.map(row)),
      );
    if (!options.json && items.some(({ copies }) => copies.length > 0))
      print(`\n${table(["NODE", "SECONDARY", "ADDRESS", "STATE", "BEHIND", "FOR", "FIRST"], items.flatMap(copyRows))}`);
    for (const { node, conflicts, overrides, lost } of options.json ? [] : items) {
      if (lost !== null) note(`${node}: ${lost}`);
      for (const conflict of conflicts)
        note(`${node}: keeps ${conflict}; the database is an older copy: "chancery nameserver reconcile" there`);
      for (const one of overrides) note(`${node}: ${one} is overridden there: "chancery nameserver override list"`);
    }
    const isAlarm = ({ copies, conflicts, lost }: NameServer): boolean =>
      copies.some(({ state }) => state === "alarm") || conflicts.length > 0 || lost !== null;
    if (items.some((item) => item.state === "silent" || item.notReady.length > 0 || isAlarm(item)))
      process.exitCode = exitStatus.negative;
  });
}

const row = ({ node, state, listen, zones, notReady, queries, at }: NameServer): string[] => [
  node,
  state,
  listen,
  String(zones),
  notReady.length === 0 ? "-" : notReady.join(" "),
  String(queries.udp),
  String(queries.tcp),
  String(queries.dropped + queries.slipped),
  new Date(at * 1000).toISOString(),
];

const copyRows = ({ node, copies }: NameServer): string[][] =>
  copies.map(({ secondary, address, port, state, lagging, lagSeconds, worst, silentSince }) => [
    node,
    secondary,
    port === 53 ? address : `${address} port ${port}`,
    silentSince === undefined ? state : `${state}, silent`,
    lagging === 0 ? "-" : String(lagging),
    lagging === 0 ? "-" : `${lagSeconds} s`,
    worst[0] === undefined ? "-" : `${worst[0].origin}: ${worst[0].problem}`,
  ]);
