import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join, sep } from "node:path";
import {
  type KeyTableEntry,
  type OpendkimConf,
  parseKeyTable,
  parseOpendkimConf,
  parseSigningTable,
} from "../../../model/opendkim/tables.ts";
import { CommandFailed } from "../exit.ts";
import { keyFilesIn } from "./opendkim-key-files.ts";

const fileOctetsMax = 16 * 1024 * 1024;

/** A key that an installation of OpenDKIM signs with, or could. */
export type OpendkimKey = KeyTableEntry & {
  /** Where its file is; undefined: it is not there. The key itself may stand in the table instead. */
  file: string | undefined;
  /** What of the signing table leads to it; undefined: there is no such table. */
  patterns: readonly string[] | undefined;
};

/** What the tables in a folder of OpenDKIM's say, `/etc/opendkim` or a copy of it. */
export function opendkimKeys(folder: string): { keys: OpendkimKey[]; problems: string[] } {
  const names = filesIn(folder);
  const conf: OpendkimConf = names.includes("opendkim.conf")
    ? parseOpendkimConf(textOf(join(folder, "opendkim.conf")))
    : { domains: [] };
  const keyTable = tableOf(folder, names, conf.keyTable, ["keytable", "key.table", "key_table"]);
  const signingTable = tableOf(folder, names, conf.signingTable, ["signingtable", "signing.table", "signing_table"]);
  const keys = keyTable === undefined ? (simple(conf) ?? keyFilesIn(folder)) : parseKeyTable(textOf(keyTable));
  if (keys.entries.length === 0 && keyTable === undefined)
    throw new CommandFailed(
      `${folder} has no key table, no opendkim.conf with Domain, Selector and KeyFile, and no SELECTOR.private of opendkim-genkey${keys.problems.map((one) => `\n${one}`).join("")}`,
    );
  const signing = signingTable === undefined ? undefined : parseSigningTable(textOf(signingTable));
  return {
    keys: keys.entries.map((entry) => ({
      ...entry,
      file: isFile(entry.key) ? found(folder, entry.key) : undefined,
      patterns: signing?.entries.filter(({ name }) => name === entry.name).map(({ pattern }) => pattern),
    })),
    problems: [...keys.problems, ...(signing?.problems ?? [])],
  };
}

/** A table names a file by its path, or has the key in its place. */
export const isFile = (key: string): boolean => /^\.{0,2}\//.test(key) || !/^[A-Za-z0-9+/=]{40,}$/.test(key);

function simple({ domains, selector, keyFile }: OpendkimConf): ReturnType<typeof parseKeyTable> | undefined {
  if (domains.length === 0 || selector === undefined || keyFile === undefined) return undefined;
  return { entries: domains.map((domain) => ({ name: domain, domain, selector, key: keyFile })), problems: [] };
}

function tableOf(
  folder: string,
  names: readonly string[],
  path: string | undefined,
  usual: readonly string[],
): string | undefined {
  if (path !== undefined)
    return (
      found(folder, path) ??
      usualTable(folder, names, [basename(path).toLowerCase()]) ??
      failed(`the table ${path} of opendkim.conf is not there`)
    );
  return usualTable(folder, names, usual);
}

function usualTable(folder: string, names: readonly string[], usual: readonly string[]): string | undefined {
  const name = names.find((one) => usual.includes(one.toLowerCase()));
  return name === undefined ? undefined : join(folder, name);
}

/**
 * A file that a table names, here: below the folder, where the longest part of its path fits that is there, since the folder may be a copy from
 * another machine; else at its path. The name alone is not enough: many keys are called `mail.private`.
 */
function found(folder: string, path: string): string | undefined {
  const parts = path.split(sep).filter((part) => part !== "" && part !== ".");
  const least = path.startsWith("/") && parts.length > 2 ? 2 : 1;
  for (let from = 0; parts.length - from >= least; from++) {
    const below = join(folder, ...parts.slice(from));
    if (existsSync(below)) return below;
  }
  const isBesideTables = /^\/etc\/(?:opendkim|dkimkeys|mail)\/[^/]+$/.test(path) || parts.at(-2) === basename(folder);
  if (isBesideTables && existsSync(join(folder, parts.at(-1)!))) return join(folder, parts.at(-1)!);
  return path.startsWith("/") && existsSync(path) ? path : undefined;
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    throw new CommandFailed(
      `${folder}: ${(error as Error).message}; the folder of an OpenDKIM is expected, like /etc/opendkim`,
    );
  }
}

function textOf(file: string): string {
  try {
    if (statSync(file).size > fileOctetsMax) return failed(`${file} is over ${fileOctetsMax} octets long`);
    return readFileSync(file, "utf8");
  } catch (error) {
    if (error instanceof CommandFailed) throw error;
    return failed(`${file}: ${(error as Error).message}`);
  }
}

function failed(problem: string): never {
  throw new CommandFailed(problem);
}
