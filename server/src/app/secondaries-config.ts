import { isIP } from "node:net";
import { parseName, tsigKeyFromText, type TsigKey } from "chancery/dns";
import type { Config, ConfigValue, Endpoint } from "./config-keys.ts";

/** A name server that holds copies of our zones. */
export type Secondary = {
  /** For people: in recipes, logs and alarms. */
  name: string;
  /** Whence it fetches zones, and where it takes NOTIFY. Only these addresses are served transfers. */
  addresses: Endpoint[];
  /** Where the world asks it; `addresses` unless they are said to differ. */
  publicAddresses: Endpoint[];
  /** Names of `dns.tsig_keys` that it may sign with. The first is in its recipe and signs NOTIFY; the others are for the time of a change. */
  keys: string[];
};

type Read<T> = { ok: true; value: T } | { ok: false; problem: string };
type Reader<T> = (value: ConfigValue) => Read<T>;
const bad = (problem: string): { ok: false; problem: string } => ({ ok: false, problem });

const isMap = (value: ConfigValue): value is { [name: string]: ConfigValue } =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** An unknown member is refused, as an unknown key is: it would be a setting that does nothing. */
function unknownMember(map: { [name: string]: ConfigValue }, known: readonly string[]): string | undefined {
  const unknown = Object.keys(map).find((name) => !known.includes(name));
  return unknown === undefined ? undefined : `${unknown} is not known here; there are ${known.join(", ")}`;
}

/** `[{name, algorithm, secret}]`. No problem quotes a secret. */
export const tsigKeys: Reader<TsigKey[]> = (value) => {
  const form = "a list of {name, algorithm, secret} is expected, as `chancery nameserver tsig-key` prints it";
  if (!Array.isArray(value)) return bad(form);
  const keys: TsigKey[] = [];
  for (const item of value) {
    if (!isMap(item)) return bad(form);
    const { name, algorithm = "hmac-sha256", secret } = item;
    if (typeof name !== "string" || typeof algorithm !== "string" || typeof secret !== "string") return bad(form);
    const key = tsigKeyFromText({ name, algorithm, secret });
    if (!key.ok) return bad(`${name}: ${key.problem}`);
    if (!/^[a-z0-9._-]+$/.test(key.value.name)) return bad(`${name}: letters, digits, hyphens and dots are expected`);
    const problem = unknownMember(item, ["name", "algorithm", "secret"]);
    if (problem !== undefined) return bad(`${name}: ${problem}`);
    if (keys.some((other) => other.name === key.value.name)) return bad(`${name} is there twice`);
    keys.push(key.value);
  }
  return { ok: true, value: keys };
};

/** `[{name, addresses, keys, public}]`; the addresses with a port or without (53). */
export const secondariesOf =
  (endpoints: Reader<Endpoint[]>): Reader<Secondary[]> =>
  (value) => {
    const form =
      "a list of {name, addresses, keys} is expected, for example [{name: ns2, addresses: [192.0.2.2], keys: [ns2-key]}]";
    if (!Array.isArray(value)) return bad(form);
    const secondaries: Secondary[] = [];
    for (const item of value) {
      if (!isMap(item) || typeof item["name"] !== "string" || item["name"] === "") return bad(form);
      const name = item["name"];
      const one = readSecondary(name, item, endpoints);
      if (!one.ok) return bad(`${name}: ${one.problem}`);
      if (secondaries.some((other) => other.name === name)) return bad(`${name} is there twice`);
      secondaries.push(one.value);
    }
    return { ok: true, value: secondaries };
  };

function readSecondary(
  name: string,
  item: { [name: string]: ConfigValue },
  endpoints: Reader<Endpoint[]>,
): Read<Secondary> {
  const problem = unknownMember(item, ["name", "addresses", "keys", "public"]);
  if (problem !== undefined) return bad(problem);
  const addresses = literal(endpoints(item["addresses"] ?? []));
  if (!addresses.ok || addresses.value.length === 0) return bad("its addresses have to be IP addresses");
  const publicAddresses = item["public"] === undefined ? addresses : literal(endpoints(item["public"]));
  if (!publicAddresses.ok) return bad("its public addresses have to be IP addresses");
  const keys = [item["keys"] ?? []].flat();
  const names: string[] = [];
  for (const key of keys) {
    const parsed = parseName(typeof key === "string" ? key : "");
    if (!parsed.ok) return bad("its keys have to be names of dns.tsig_keys");
    names.push(parsed.value);
  }
  if (names.length === 0) return bad("it needs a key: transfers are signed, the catalog above all");
  return {
    ok: true,
    value: { name, addresses: addresses.value, publicAddresses: publicAddresses.value, keys: names },
  };
}

function literal(read: Read<Endpoint[]>): Read<Endpoint[]> {
  return read.ok && read.value.some(({ host }) => isIP(host) === 0) ? bad("not an IP address") : read;
}

/** Which key that a secondary names is not there. */
export function missingKey(secondaries: readonly Secondary[], keys: readonly TsigKey[]): string | undefined {
  for (const { name, keys: wanted } of secondaries)
    for (const key of wanted)
      if (!keys.some((one) => one.name === key))
        return `${name} names the key ${key}, which dns.tsig_keys does not have`;
  return undefined;
}

/** The name of the catalog zone, or undefined where there is none. */
export function catalogOrigin(config: Config): string | undefined {
  const zone = config["dns.zone"];
  const usual = config["dns.secondaries"].length > 0 && zone !== undefined ? `catalog.${zone}` : undefined;
  return config["dns.catalog"] ?? usual;
}
