import { rdataText, typeName, type ResourceRecord } from "chancery/dns";
import type { Command } from "commander";
import { type Decision, type Difference, differences, reconcile } from "../../../service/zone/served/reconcile.ts";
import { CommandFailed, exitStatus, note, print } from "../exit.ts";
import { common, type CommonOptions } from "../options/common.ts";
import { ownFiles, withDatabase } from "./own-files.ts";

const namedMax = 20;

/**
 * `chancery nameserver reconcile`: after a restore, what the name server on this machine serves and the database does not know. Alone it shows
 * the differences, with status 1 when there are some; `--take` decides about one zone.
 */
export function addReconcile(nameServer: Command): void {
  common(
    nameServer
      .command("reconcile [zone]")
      .description("when the database is an older copy of what is served here: show the difference, decide")
      .option("--take <side>", "database: its content, under a serial above; served: put what it lacks into it first"),
    "chancery nameserver reconcile dkim.esp.example --take served",
  ).action(async (zone: string | undefined, options: CommonOptions & { take?: string }) => {
    const files = await ownFiles(options);
    await withDatabase(files, async (db) => {
      if (options.take === undefined) {
        const found = (await differences(db, files.state)).filter(
          ({ origin }) => zone === undefined || origin === zone,
        );
        show(found, options);
        if (found.length > 0) process.exitCode = exitStatus.negative;
        return;
      }
      if (zone === undefined) throw new CommandFailed("say which zone: chancery nameserver reconcile ZONE --take SIDE");
      const put = await reconcile(db, zone, decisionOf(options.take), files.state, {
        actor: `${files.by} (reconcile)`,
        now: files.now,
        serviceZone: files.loaded.config["dns.zone"],
      });
      if (options.json) print(JSON.stringify({ zone, take: options.take, put: put.map(line) }));
      else
        note(
          `${zone}: decided for what is in the ${options.take === "served" ? "name server" : "database"}; ${put.length} records were put into the database`,
        );
    });
  });
}

function decisionOf(text: string): Decision {
  if (text === "database" || text === "served") return text;
  throw new CommandFailed(`--take ${text}: "database" or "served" is expected`);
}

function show(found: readonly Difference[], options: CommonOptions): void {
  if (options.json) {
    for (const { onlyServed, onlyDatabase, ...conflict } of found)
      print(JSON.stringify({ ...conflict, onlyServed: onlyServed.map(line), onlyDatabase: onlyDatabase.map(line) }));
    return;
  }
  if (found.length === 0) print("what is served here is what the database has");
  for (const { origin, why, served, database, onlyServed, onlyDatabase } of found) {
    print(`${origin}: served with serial ${served}; ${whyText[why](database)}`);
    for (const [title, records] of [
      ["  only served, and gone if you take the database:", onlyServed],
      ["  only in the database, and not served now:", onlyDatabase],
    ] as const) {
      if (records.length === 0) continue;
      print(title);
      for (const record of records.slice(0, namedMax)) print(`    ${line(record)}`);
      if (records.length > namedMax) print(`    and ${records.length - namedMax} more`);
    }
  }
}

const whyText: Record<Difference["why"], (serial: number | undefined) => string> = {
  behind: (serial) => `the database has serial ${serial}, which is older`,
  other: (serial) => `the database has serial ${serial} and never had the one served`,
  missing: () => "the database does not know the zone",
};

const line = ({ name, type, ttl, data }: ResourceRecord): string =>
  `${name} ${ttl} ${typeName(type)} ${rdataText(type, data).slice(0, 200)}`;
