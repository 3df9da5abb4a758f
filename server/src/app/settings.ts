import { configKeys, type ConfigKey, type ConfigValue, runtimeKeys, secretKeys } from "./config-keys.ts";
import { type LoadedConfig, withSettings } from "./config.ts";
import { nearest } from "./nearest.ts";
import { readSettings } from "../engine/database/settings.ts";
import type { Database } from "../engine/database/schema.ts";
import { Refusal } from "../service/refusal.ts";

const isRuntimeKey = (name: string): boolean => (runtimeKeys as readonly string[]).includes(name);

/** The configuration with what was set through the API beneath file and environment. */
export async function configWithSettings(db: Database, loaded: LoadedConfig): Promise<LoadedConfig> {
  const settings = await readSettings(db);
  return withSettings(loaded, Object.fromEntries([...settings].filter(([name]) => isRuntimeKey(name))));
}

/** Checks a change of settings; throws Refusal that names the key, what is wrong, and what to do. */
export function checkSettings(loaded: LoadedConfig, changes: Record<string, unknown>): Map<ConfigKey, ConfigValue> {
  const checked = new Map<ConfigKey, ConfigValue>();
  for (const [name, value] of Object.entries(changes)) {
    if (!isRuntimeKey(name)) {
      const known = name in configKeys;
      throw new Refusal(
        "invalid-input",
        known
          ? `${name} is set in chancery.yaml or the environment, and needs a restart`
          : `${name} is not a setting; the nearest is ${nearest(name, runtimeKeys)}`,
      );
    }
    const key = name as ConfigKey;
    const source = loaded.sources[key];
    const same = JSON.stringify(loaded.written[key]) === JSON.stringify(value);
    if (source !== "default" && source !== "setting" && !same)
      throw new Refusal(
        "setting-pinned",
        `${key} is set by the ${source} of the running Chancery; change it there and start it again`,
      );
    if (value !== null) {
      const read = configKeys[key].read(value as ConfigValue);
      if (!read.ok) throw new Refusal("invalid-input", `${key}: ${read.problem}`);
    }
    if (!same) checked.set(key, value as ConfigValue);
  }
  return checked;
}

/** What may be shown of a configuration: all but secrets. */
export function shownSettings({ config, sources }: LoadedConfig): Record<string, { value: unknown; from: string }> {
  const hidden: ConfigKey[] = [...secretKeys, "database.url"];
  return Object.fromEntries(
    (Object.keys(configKeys) as ConfigKey[])
      .filter((key) => !hidden.includes(key))
      .map((key) => [key, { value: config[key] ?? null, from: sources[key] }]),
  );
}
