import { isIP } from "node:net";
import { parseName, type TsigKey } from "chancery/dns";
import type { ConfigValue, Endpoint } from "./config-keys.ts";

/** A name server of somebody else that zones are pushed to. */
export type PushSetting = {
  /** For people, and in the database: what was put there is known by it. */
  name: string;
  zones: string[];
} & (
  | { by: "rfc2136"; address: Endpoint; key: string | undefined }
  | { by: "powerdns"; url: string; server: string; apiKey: string }
);

type Read<T> = { ok: true; value: T } | { ok: false; problem: string };
type Reader<T> = (value: ConfigValue) => Read<T>;
type Members = { [name: string]: ConfigValue };

const bad = (problem: string): { ok: false; problem: string } => ({ ok: false, problem });
const members: Record<PushSetting["by"], readonly string[]> = {
  rfc2136: ["name", "zones", "by", "address", "key"],
  powerdns: ["name", "zones", "by", "url", "server", "api_key"],
};

/** `[{name, zones, by, …}]`. No problem quotes a secret. */
export const pushSettings =
  (endpoints: Reader<Endpoint[]>): Reader<PushSetting[]> =>
  (value) => {
    const form =
      "a list of {name, zones, by: rfc2136, address, key} or {name, zones, by: powerdns, url, api_key} is expected";
    if (!Array.isArray(value)) return bad(form);
    const settings: PushSetting[] = [];
    for (const item of value) {
      if (typeof item !== "object" || item === null || Array.isArray(item)) return bad(form);
      const { name } = item;
      if (typeof name !== "string" || !/^[a-z0-9][a-z0-9.-]{0,62}$/i.test(name))
        return bad("each entry needs a name of letters, digits, dots and hyphens, which stays the same for ever");
      const one = readSetting(name, item, endpoints);
      if (!one.ok) return bad(`${name}: ${one.problem}`);
      if (settings.some((other) => other.name === name)) return bad(`${name} is there twice`);
      settings.push(one.value);
    }
    return { ok: true, value: settings };
  };

function readSetting(name: string, item: Members, endpoints: Reader<Endpoint[]>): Read<PushSetting> {
  const by = item["by"];
  if (by !== "rfc2136" && by !== "powerdns") return bad("by has to be rfc2136 or powerdns");
  const unknown = Object.keys(item).find((member) => !members[by].includes(member));
  if (unknown !== undefined) return bad(`${unknown} is not known here; there are ${members[by].join(", ")}`);
  const zones = [item["zones"] ?? []].flat();
  const origins = zones.flatMap((zone) => (typeof zone === "string" && parseName(zone).ok ? [canonical(zone)] : []));
  if (origins.length === 0 || origins.length !== zones.length) return bad("zones has to be a list of zone names");
  return by === "rfc2136" ? readRfc2136(name, origins, item, endpoints) : readPowerDns(name, origins, item);
}

const canonical = (zone: string): string => zone.replace(/(?<=.)\.$/, "").toLowerCase();

function readRfc2136(name: string, zones: string[], item: Members, endpoints: Reader<Endpoint[]>): Read<PushSetting> {
  const addresses = endpoints(item["address"] ?? []);
  const address = addresses.ok ? addresses.value[0] : undefined;
  if (!addresses.ok || address === undefined || isIP(address.host) === 0)
    return bad("its address has to be an IP address, with :PORT or without (53)");
  const key = item["key"] ?? undefined;
  if (key !== undefined && typeof key !== "string") return bad("key has to be the name of an entry of dns.tsig_keys");
  return { ok: true, value: { name, zones, by: "rfc2136", address, key: key && canonical(key) } };
}

function readPowerDns(name: string, zones: string[], item: Members): Read<PushSetting> {
  const { url, server = "localhost", api_key: apiKey } = item;
  if (typeof url !== "string" || !URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    return bad("url has to be that of the API, for example http://127.0.0.1:8081");
  if (typeof server !== "string" || typeof apiKey !== "string" || apiKey === "") return bad("api_key is missing");
  return { ok: true, value: { name, zones, by: "powerdns", url: url.replace(/\/+$/, ""), server, apiKey } };
}

/** A key that a push is to be signed with and that is not among `dns.tsig_keys`, as a sentence. */
export function unknownPushKey(settings: readonly PushSetting[], keys: readonly TsigKey[]): string | undefined {
  for (const setting of settings) {
    if (setting.by !== "rfc2136" || setting.key === undefined) continue;
    if (!keys.some(({ name }) => name === setting.key))
      return `${setting.name}: ${setting.key} is not the name of a key in dns.tsig_keys`;
  }
  return undefined;
}
