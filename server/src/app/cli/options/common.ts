import process from "node:process";
import type { Command } from "commander";
import { ConfigError, type LoadedConfig, loadConfig } from "../../config.ts";
import { CommandFailed } from "../exit.ts";

/** Options that every command takes. */
export type CommonOptions = { json?: true; config?: string; data?: string; server?: string; tenant?: string };

/** Adds the options that every command takes, and an example to its help. */
export function common(command: Command, example: string): Command {
  return command
    .option("--json", "one JSON document, or one per line for lists")
    .option("--config <file>", "configuration file (default: chancery.yaml, if it is there)")
    .option("--data <dir>", "data directory (default: ./data)")
    .addHelpText("after", `\nExample:\n  $ ${example}`);
}

/** A command that holds others; by itself it shows its help. */
export const group = (program: Command, name: string, description: string, example: string): Command =>
  program.command(name).description(description).addHelpText("after", `\nExample:\n  $ ${example}`);

/** Adds the options of commands that speak to a running Chancery. */
export const remote = (command: Command): Command =>
  command
    .option("--server <url>", "a running Chancery (default: http://<http.listen>)")
    .option("--tenant <name>", "act for this tenant (default: default)");

export function configOf(options: CommonOptions): LoadedConfig {
  try {
    return loadConfig({
      environment: process.env,
      file: options.config,
      ...(options.data !== undefined && { options: { "data.dir": options.data } }),
    });
  } catch (error) {
    if (error instanceof ConfigError) throw new CommandFailed(`configuration: ${error.message}`);
    throw error;
  }
}
