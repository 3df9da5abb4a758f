import { stringify } from "yaml";
import type { Command } from "commander";
import { configKeys, secretKeys, type ConfigKey } from "../../config-keys.ts";
import { type CommonOptions, common, configOf } from "../options/common.ts";
import { print } from "../exit.ts";
import { table } from "../table.ts";

export function addConfig(program: Command): void {
  common(
    program.command("config").description("show every configuration key, its value, and where it comes from"),
    "chancery config",
  ).action((options: CommonOptions) => {
    const { written, sources } = configOf(options);
    const rows = (Object.keys(configKeys) as ConfigKey[]).map((key) => ({
      key,
      value:
        secretKeys.includes(key) && written[key] !== undefined
          ? "[secret]"
          : hidePassword(written[key] ?? absentText(key)),
      source: sources[key],
      means: configKeys[key].means,
    }));
    if (options.json) for (const row of rows) print(JSON.stringify(row));
    else
      print(
        table(
          ["KEY", "VALUE", "FROM", "MEANING"],
          rows.map(({ key, value, source, means }) => [key, text(value), source, means]),
        ),
      );
  });
}

const absentText = (key: ConfigKey): unknown => {
  const absent: unknown = configKeys[key].absent;
  if (typeof absent === "object" && absent !== null && "port" in absent && "host" in absent)
    return `${String(absent.host)}:${String(absent.port)}`;
  return absent ?? null;
};

const text = (value: unknown): string =>
  value === null
    ? "-"
    : typeof value === "string"
      ? value
      : stringify(value, { collectionStyle: "flow", lineWidth: 0 }).trim();

/** postgres://user:password@host shows no password. */
const hidePassword = (value: unknown): unknown =>
  typeof value === "string" ? value.replace(/^([a-z]+:\/\/[^:@/]{0,200}):[^@/]{0,500}@/, "$1:[secret]@") : value;
