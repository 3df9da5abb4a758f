import type { Command } from "commander";
import { common, type CommonOptions, configOf } from "../options/common.ts";

export function addUp(program: Command): void {
  common(program.command("up").description("run every role on this machine"), "chancery up --data ./data").action(
    async (options: CommonOptions) => {
      const { up } = await import("../../up.ts");
      await up(configOf(options));
    },
  );
  common(
    program.command("run <role>").description("run one role: nameserver, controller, milter, relay, ingest or api"),
    "chancery run nameserver",
  ).action(async (role: string, options: CommonOptions) => {
    const { run } = await import("../../up.ts");
    await run(role, configOf(options));
  });
}
