import type { Command } from "commander";
import { apiClient } from "../api-client.ts";
import { exitStatus, print } from "../exit.ts";
import { type CommonOptions, common, remote } from "../options/common.ts";
import { table } from "../table.ts";

export function addDoctor(program: Command): void {
  remote(
    common(
      program.command("doctor").description("is everything as it should be? 0 when nothing failed"),
      "chancery doctor",
    ),
  ).action(async (options: CommonOptions) => {
    const { checks } = await apiClient(options)("doctor", {});
    if (options.json) for (const check of checks) print(JSON.stringify(check));
    else
      print(
        table(
          ["CHECK", "STATE", "DETAIL"],
          checks.map(({ check, state, detail }) => [check, state, detail]),
        ),
      );
    if (checks.some(({ state }) => state === "failed")) process.exitCode = exitStatus.negative;
  });
}
