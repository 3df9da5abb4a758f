import { existsSync, readFileSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import { parse } from "yaml";
import type { TsigKey } from "chancery/dns";
import { type Config, type ConfigKey, configKeys, type ConfigValue } from "./config-keys.ts";
import { unknownPushKey, type PushSetting } from "./push-config.ts";
import { missingKey, type Secondary } from "./secondaries-config.ts";
import { nearest } from "./nearest.ts";

/** Where a value came from, strongest first: option, environment, file, setting (made through the API), default. */
export type ConfigSource = "option" | "environment" | "file" | "setting" | "default";

export type LoadedConfig = {
  config: Config;
  sources: Record<ConfigKey, ConfigSource>;
  /** The values as they were written, by key; for showing and for handing on to roles. */
  written: Partial<Record<ConfigKey, ConfigValue>>;
};

/** A configuration that cannot be used; the message names the key, what is wrong, and what would be right. */
export class ConfigError extends Error {
  override name = "ConfigError";
}

const allKeys = Object.keys(configKeys) as ConfigKey[];
const isKey = (name: string): name is ConfigKey => Object.hasOwn(configKeys, name);
const environmentName = (key: ConfigKey): string => `CHANCERY_${key.replaceAll(".", "_").toUpperCase()}`;
/** Set for the tests (`CHANCERY_CORPORA`): never configuration. */
const notConfiguration = new Set(["CHANCERY_CORPORA"]);

/**
 * Merges command-line options, environment, file and defaults into one typed configuration.
 * Throws ConfigError on an unknown key (naming the nearest known one) and on a value that cannot be read.
 */
export function loadConfig(from: {
  environment: Record<string, string | undefined>;
  file?: string | undefined;
  options?: Partial<Record<ConfigKey, ConfigValue>>;
}): LoadedConfig {
  const layers: [ConfigSource, Partial<Record<ConfigKey, ConfigValue>>][] = [
    ["option", from.options ?? {}],
    ["environment", readEnvironment(from.environment)],
    ["file", readFile(from.file)],
  ];
  const written: LoadedConfig["written"] = {};
  const sources = Object.fromEntries(allKeys.map((key) => [key, "default"])) as LoadedConfig["sources"];
  for (const [source, values] of layers.toReversed())
    for (const [key, value] of Object.entries(values) as [ConfigKey, ConfigValue][]) {
      written[key] = value;
      sources[key] = source;
    }
  return { config: readValues(written, sources), sources, written };
}

/** The same configuration with settings made through the API beneath what file and environment say. */
export function withSettings(loaded: LoadedConfig, settings: Record<string, unknown>): LoadedConfig {
  const written = { ...loaded.written };
  const sources = { ...loaded.sources };
  for (const [key, value] of Object.entries(settings))
    if (isKey(key) && sources[key] === "default") {
      written[key] = value as ConfigValue;
      sources[key] = "setting";
    }
  return { config: readValues(written, sources), sources, written };
}

/** The same configuration after it came from another process as JSON, in which some values (keys above all) do not survive. */
export const reread = ({ written, sources }: LoadedConfig): LoadedConfig => ({
  config: readValues(written, sources),
  sources,
  written,
});

function readValues(written: LoadedConfig["written"], sources: LoadedConfig["sources"]): Config {
  const config: Record<string, unknown> = {};
  for (const key of allKeys) {
    const raw = written[key];
    if (raw === undefined || raw === null) {
      config[key] = configKeys[key].absent;
      continue;
    }
    const read = configKeys[key].read(raw);
    const where = sources[key] === "environment" ? `${environmentName(key)} (${key})` : key;
    if (!read.ok) throw new ConfigError(`${where}: ${read.problem}`);
    config[key] = read.value;
  }
  const pair = ["relay.tls.cert", "relay.tls.key"] as const;
  for (const [one, other] of [pair, pair.toReversed()] as [ConfigKey, ConfigKey][])
    if (config[one] !== undefined && config[other] === undefined)
      throw new ConfigError(`${one} is set and ${other} is not; a certificate goes with its key`);
  const missing = missingKey(config["dns.secondaries"] as Secondary[], config["dns.tsig_keys"] as TsigKey[]);
  if (missing !== undefined) throw new ConfigError(`dns.secondaries: ${missing}`);
  const unknown = unknownPushKey(config["dns.push"] as PushSetting[], config["dns.tsig_keys"] as TsigKey[]);
  if (unknown !== undefined) throw new ConfigError(`dns.push: ${unknown}`);
  return config as Config;
}

function readEnvironment(environment: Record<string, string | undefined>): Partial<Record<ConfigKey, ConfigValue>> {
  const byName = new Map(allKeys.map((key) => [environmentName(key), key]));
  const values: Partial<Record<ConfigKey, ConfigValue>> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith("CHANCERY_") || notConfiguration.has(name) || value === undefined || value === "") continue;
    const key = byName.get(name);
    if (key === undefined)
      throw new ConfigError(`${name} is not a configuration key; the nearest is ${nearest(name, [...byName.keys()])}`);
    values[key] = readsStructure(key) ? structured(value, name) : value;
  }
  return values;
}

/** Keys whose environment variable holds YAML, as those of numbers do; all others are taken as the text they are. */
const readsStructure = (key: ConfigKey): boolean =>
  typeof configKeys[key].absent === "number" ||
  [
    "dns.nameservers",
    "dns.cookie_secrets",
    "dns.tsig_keys",
    "dns.secondaries",
    "dns.push",
    "milter.trusted_clients",
    "resolver.servers",
    "resolver.vantage_points",
    "resolver.root",
    "resolver.trust_anchors",
    "rotation.policy",
  ].includes(key);

function structured(value: string, where: string): ConfigValue {
  try {
    return parse(value) as ConfigValue;
  } catch (error) {
    throw new ConfigError(`${where}: not YAML: ${(error as Error).message.split("\n")[0]}`);
  }
}

function readFile(file: string | undefined): Partial<Record<ConfigKey, ConfigValue>> {
  const path = file ?? "chancery.yaml";
  if (!existsSync(path)) {
    if (file !== undefined) throw new ConfigError(`${file}: no such file`);
    return {};
  }
  const document = structured(readFileSync(path, "utf8"), path);
  if (document === null) return {};
  if (typeof document !== "object" || Array.isArray(document))
    throw new ConfigError(`${path}: a map of sections is expected, for example "dns: {zone: dkim.esp.example}"`);
  const values: Partial<Record<ConfigKey, ConfigValue>> = {};
  flatten(document, "", path, values);
  return values;
}

/** `dns: {zone: x}` and `dns.zone: x` say the same; a map that is itself a value (rotation.policy) is not opened. */
function flatten(
  map: { [name: string]: ConfigValue },
  prefix: string,
  path: string,
  values: Partial<Record<string, ConfigValue>>,
): void {
  for (const [name, value] of Object.entries(map)) {
    const key = prefix === "" ? name : `${prefix}.${name}`;
    if (isKey(key)) values[key] = value;
    else if (allKeys.some((known) => known.startsWith(`${key}.`))) {
      if (value === null) continue;
      if (typeof value !== "object" || Array.isArray(value))
        throw new ConfigError(`${path}: ${key} is a section, not a value`);
      flatten(value, key, path, values);
    } else
      throw new ConfigError(
        `${path}: ${key} is not a configuration key; the nearest is ${nearest(firstPath(key, value), allKeys)}`,
      );
  }
}

/** The first key that was written under an unknown one: of a whole section the inner words help to guess what was meant. */
const firstPath = (key: string, value: ConfigValue): string => {
  const inner =
    typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value)[0] : undefined;
  return inner === undefined ? key : firstPath(`${key}.${inner[0]}`, inner[1]);
};

/** A path of the configuration as an absolute one, relative to where the command was started. */
export const absolute = (path: string): string => (isAbsolute(path) ? path : resolve(path));
