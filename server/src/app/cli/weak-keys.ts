import { existsSync } from "node:fs";
import type { LintOptions } from "chancery/dkim";
import type { Command } from "commander";
import { knownWeakKeys } from "../../engine/keystore/known-weak.ts";
import { CommandFailed } from "./exit.ts";

export type WeakKeysOptions = { weakKeys?: string };

/** Adds the option of commands that judge keys. */
export const weakKeysOption = (command: Command): Command =>
  command.option(
    "--weak-keys <dir>",
    "lists of broken keys in the form of Debian's package openssl-blacklist (default: its folder, if it is there)",
  );

/** The lists that a command looks keys up in. */
export function weakKeysOf({ weakKeys }: WeakKeysOptions): NonNullable<LintOptions["isKnownWeak"]> {
  if (weakKeys !== undefined && !existsSync(weakKeys)) throw new CommandFailed(`--weak-keys: ${weakKeys} is not there`);
  const known = knownWeakKeys(weakKeys);
  return (publicKey) => {
    try {
      return known(publicKey);
    } catch (error) {
      throw new CommandFailed(`--weak-keys: ${(error as Error).message}`);
    }
  };
}
