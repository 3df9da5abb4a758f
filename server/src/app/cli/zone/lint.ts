import process from "node:process";
import type { Command } from "commander";
import { apiClient } from "../api-client.ts";
import { exitStatus, note, print } from "../exit.ts";
import { type CommonOptions, common, remote } from "../options/common.ts";
import { visible } from "../table.ts";

/** chancery zone lint: exit status 1 with an error among the problems. */
export function addZoneLint(zone: Command): void {
  remote(
    common(
      zone.command("lint <origin>").description("say what is wrong in a zone, or doubtful, with what to do"),
      "chancery zone lint email.example.com",
    ),
  ).action(async (origin: string, options: CommonOptions) => {
    const linted = await apiClient(options)("lintZone", { params: { origin } });
    if (linted.note !== null) note(`note: ${linted.note}`);
    const lines = linted.problems.flatMap(({ rule, severity, name, problem, remedy }) => [
      visible(`${severity} ${rule} ${name}: ${problem}`),
      visible(`  do: ${remedy}`),
    ]);
    if (options.json) print(visible(JSON.stringify(linted)));
    else print(lines.length === 0 ? `${linted.origin}: nothing to say; serial ${linted.serial}` : lines.join("\n"));
    if (linted.problems.some(({ severity }) => severity === "error")) process.exitCode = exitStatus.negative;
  });
}
