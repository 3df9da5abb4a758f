import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { parse } from "yaml";
import { parseName, type TsigKey } from "chancery/dns";
import { type ConfigValue, type Endpoint, endpointOf } from "../../config-keys.ts";
import { tsigKeys } from "../../secondaries-config.ts";
import { CommandFailed } from "../exit.ts";

/** What `follow-catalog` needs to know; the recipe for NSD writes it. */
export type FollowerSettings = {
  catalog: string;
  primary: Endpoint;
  from: string | undefined;
  key: TsigKey;
  pattern: string;
  zoneFiles: string;
  state: string;
  nsdControl: string;
  nsdConfig: string | undefined;
  intervalSeconds: number;
};

const known = [
  "catalog",
  "primary",
  "from",
  "key",
  "pattern",
  "zone_files",
  "state",
  "nsd_control",
  "nsd_config",
  "interval",
];

/** Reads the file, or fails with the line that is wrong. */
export function followerSettings(file: string): FollowerSettings {
  const bad = (problem: string): never => {
    throw new CommandFailed(`${file}: ${problem}`);
  };
  let map: { [name: string]: ConfigValue };
  try {
    map = parse(readFileSync(file, "utf8")) as typeof map;
  } catch (error) {
    return bad((error as Error).message.split("\n")[0] ?? "cannot be read");
  }
  if (typeof map !== "object" || map === null || Array.isArray(map)) return bad("names and values are expected");
  const unknown = Object.keys(map).find((name) => !known.includes(name));
  if (unknown !== undefined) return bad(`${unknown} is not known; there are ${known.join(", ")}`);
  const text = (name: string, absent?: string): string => {
    const value = map[name] ?? absent;
    return typeof value === "string" && value !== "" ? value : bad(`${name}: a text is expected`);
  };
  const catalog = parseName(text("catalog"));
  const primary = endpointOf(text("primary"));
  const keys = tsigKeys([map["key"] ?? null]);
  const from = map["from"];
  const interval = map["interval"] ?? 2;
  if (!catalog.ok) return bad(`catalog: ${catalog.problem}`);
  if (!primary.ok || isIP(primary.value.host) === 0) return bad("primary: an IP address and a port are expected");
  if (!keys.ok || keys.value[0] === undefined) return bad(`key: ${keys.ok ? "is missing" : keys.problem}`);
  if (from !== undefined && (typeof from !== "string" || isIP(from) === 0))
    return bad("from: an IP address is expected");
  if (typeof interval !== "number" || interval < 1) return bad("interval: seconds, 1 or more, are expected");
  const pattern = text("pattern");
  if (!/^[A-Za-z0-9_-]+$/.test(pattern)) return bad("pattern: letters, digits and hyphens are expected");
  return {
    catalog: catalog.value,
    primary: primary.value,
    from,
    key: keys.value[0],
    pattern,
    zoneFiles: text("zone_files"),
    state: text("state"),
    nsdControl: text("nsd_control", "nsd-control"),
    nsdConfig: map["nsd_config"] === undefined ? undefined : text("nsd_config"),
    intervalSeconds: interval,
  };
}
