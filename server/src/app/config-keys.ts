import { isIP } from "node:net";
import { parseCookieSecret, type TsigKey } from "chancery/dns";
import { parseTrustAnchor } from "../engine/resolver/dnssec/trust-anchors.ts";
import { pushSettings, type PushSetting } from "./push-config.ts";
import { secondariesOf, tsigKeys, type Secondary } from "./secondaries-config.ts";
import { selectorTemplateProblem } from "../model/delegation/selector.ts";
import { parseTimingPolicy } from "../model/rotation/timing-policy-parse.ts";

/** What a configuration value may be. Lists and maps are written as YAML (or JSON) in an environment variable, too. */
export type ConfigValue = string | number | boolean | null | ConfigValue[] | { [name: string]: ConfigValue };

/** Where something listens or is reached. */
export type Endpoint = { host: string; port: number };

/** A name server as the world sees it. */
export type NameServerHost = { name: string; addresses: string[] };

/** Reads one raw value, or says what is wrong with it. */
type Reader<T> = (value: ConfigValue) => { ok: true; value: T } | { ok: false; problem: string };

const ok = <T>(value: T): { ok: true; value: T } => ({ ok: true, value });
const bad = (problem: string): { ok: false; problem: string } => ({ ok: false, problem });

const text: Reader<string> = (value) =>
  typeof value === "string" && value !== "" ? ok(value) : bad("a text is expected");

const port: Reader<number> = (value) =>
  typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= 65535
    ? ok(value)
    : bad("a port from 1 to 65535 is expected");

const whole =
  (from: number, to: number): Reader<number> =>
  (value) =>
    typeof value === "number" && Number.isInteger(value) && value >= from && value <= to
      ? ok(value)
      : bad(`a whole number from ${from} to ${to} is expected`);

/** `HOST:PORT`, with an IPv6 host in brackets. */
export const endpointOf: Reader<Endpoint> = (value) => {
  const written = typeof value === "string" ? value : "";
  const colon = written.lastIndexOf(":");
  const host = written.slice(0, Math.max(colon, 0)).replace(/^\[|\]$/g, "");
  const number = written.slice(colon + 1);
  if (host === "" || !/^\d{1,5}$/.test(number) || Number(number) > 65535)
    return bad("HOST:PORT is expected, for example 127.0.0.1:8080");
  if (host.includes(":") && isIP(host) !== 6) return bad("an IPv6 address goes in brackets, for example [::1]:8080");
  return ok({ host, port: Number(number) });
};

export const endpointText = ({ host, port }: Endpoint): string => `${host.includes(":") ? `[${host}]` : host}:${port}`;

const endpoints: Reader<Endpoint[]> = (value) => {
  const list = Array.isArray(value) ? value : [value];
  const read: Endpoint[] = [];
  for (const item of list) {
    const bare = typeof item === "string" && isIP(item) !== 0;
    const one = endpointOf(bare ? endpointText({ host: item, port: 53 }) : item);
    if (!one.ok) return one;
    read.push(one.value);
  }
  return ok(read);
};

const nameServers: Reader<NameServerHost[]> = (value) => {
  const problem =
    "a list of {name, addresses} is expected, for example [{name: ns1.esp.example, addresses: [192.0.2.1]}]";
  if (!Array.isArray(value)) return bad(problem);
  const read: NameServerHost[] = [];
  for (const item of value) {
    if (typeof item !== "object" || item === null || Array.isArray(item)) return bad(problem);
    const { name, addresses } = item;
    const list = Array.isArray(addresses) ? addresses : [addresses];
    if (typeof name !== "string" || list.length === 0) return bad(problem);
    const valid = list.filter((address) => typeof address === "string" && isIP(address) !== 0);
    if (valid.length !== list.length) return bad(`the addresses of ${name} have to be IP addresses`);
    read.push({ name: domainName(name), addresses: valid as string[] });
  }
  return ok(read);
};

const dsRecords: Reader<string[]> = (value) => {
  const list = Array.isArray(value) ? value : [value];
  const read = list.filter((item) => typeof item === "string" && parseTrustAnchor(item).ok);
  return read.length > 0 && read.length === list.length
    ? ok(read as string[])
    : bad(
        "a list of DS records is expected, for example ['. 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC6834…']",
      );
};

const domainName = (name: string): string => name.replace(/\.$/, "").toLowerCase();

const domain: Reader<string> = (value) =>
  typeof value === "string" && /^[a-z0-9_]([a-z0-9_-]*)(\.[a-z0-9_-]+)+\.?$/i.test(value) && value.length <= 200
    ? ok(domainName(value))
    : bad("a domain name is expected, for example dkim.esp.example");

const label: Reader<string> = (value) =>
  typeof value === "string" && /^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/.test(value)
    ? ok(value)
    : bad("one label of lower-case letters, digits and hyphens is expected, for example esp");

const databaseUrl: Reader<string> = (value) =>
  typeof value === "string" && /^postgres(?:ql)?:\/\/./.test(value)
    ? ok(value)
    : bad(
        "the URL of a PostgreSQL is expected, for example postgres://chancery@db.example/chancery; without it SQLite is used",
      );

const truth: Reader<boolean> = (value) => (typeof value === "boolean" ? ok(value) : bad("true or false is expected"));

const token: Reader<string> = (value) =>
  typeof value === "string" && /^[\x21-\x7e]{16,}$/.test(value)
    ? ok(value)
    : bad("16 or more printable characters are expected");

const selectorTemplate: Reader<string> = (value) => {
  const problem =
    typeof value === "string" ? selectorTemplateProblem(value) : "a text is expected, for example {mon}{yyyy}.{label}";
  return problem === undefined ? ok(value as string) : bad(problem);
};

const date: Reader<string> = (value) =>
  typeof value === "string" && /^\d{4}-\d\d-\d\d$/.test(value) && !Number.isNaN(Date.parse(value))
    ? ok(value)
    : bad("a date is expected, for example 2027-03-31");

const rdapUrl: Reader<string> = (value) =>
  value === "iana" || (typeof value === "string" && /^https?:$/.test(URL.parse(value)?.protocol ?? ""))
    ? ok(value)
    : bad("iana or a URL is expected, for example https://rdap.registry.example/");

const level: Reader<string> = (value) =>
  typeof value === "string" && ["error", "warn", "info", "debug", "silent"].includes(value)
    ? ok(value)
    : bad("one of error, warn, info, debug, silent is expected");

const texts: Reader<string[]> = (value) => {
  const list = Array.isArray(value) ? value : [value];
  return list.every((item) => typeof item === "string") ? ok(list) : bad("a list of texts is expected");
};

/** Hexadecimal digits that are all decimal are a number to YAML, and are lost when they are not quoted. */
const cookieSecrets: Reader<string[]> = (value) => {
  const list = Array.isArray(value) ? value : [value];
  const read = list.filter((item) => typeof item === "string" && parseCookieSecret(item).ok);
  return read.length > 0 && read.length === list.length
    ? ok(read as string[])
    : bad("a list of secrets is expected, each of 32 hexadecimal digits in quotes");
};

const anyAnswer: Reader<"one-rrset" | "all"> = (value) =>
  value === "one-rrset" || value === "all" ? ok(value) : bad("one-rrset or all is expected");

/** What fits into every answer beside the rest of its OPT record. */
const nsid: Reader<string> = (value) =>
  typeof value === "string" && /^[\x21-\x7e]{1,128}$/.test(value)
    ? ok(value)
    : bad("up to 128 printable characters without blanks are expected");

/** A preset or a map of durations; the model knows its parts. */
const policy: Reader<string | { [name: string]: ConfigValue }> = (value) => {
  const read = parseTimingPolicy(value);
  return read.ok ? ok(value as string | { [name: string]: ConfigValue }) : bad(read.problems.join("; "));
};

const key = <T, D extends T | undefined>(read: Reader<T>, absent: D, means: string) => ({ read, absent, means });

/**
 * Every configuration key: how it is read, what absent means, and what it is for. The environment variable of
 * `dns.listen` is CHANCERY_DNS_LISTEN.
 */
export const configKeys = {
  "data.dir": key(text, "./data", "where keys, snapshots, the queue and the embedded database live"),
  "database.url": key(databaseUrl, undefined, "postgres://… ; absent: SQLite in data.dir"),
  "http.listen": key(endpointOf, { host: "127.0.0.1", port: 8080 }, "API"),
  "dns.listen": key(endpointOf, { host: "127.0.0.1", port: 5300 }, "authoritative name server, UDP and TCP"),
  "dns.query_log": key(whole(0, 1_000_000_000), 0, "of how many queries one is logged; 0: of none"),
  "dns.rate_limit": key(whole(1, 1_000_000), 100, "equal answers a second over UDP to one group of clients"),
  "dns.tcp_connections": key(whole(10, 100_000), 1000, "TCP connections at once"),
  "dns.zone": key(domain, undefined, "the zone of our CNAME targets and name server names"),
  "dns.nameservers": key(nameServers, [] as NameServerHost[], "the name servers of our zones as the world sees them"),
  "dns.nsid": key(
    nsid,
    undefined,
    "how this name server names itself to those who ask; none: not at all; absent: the host name",
  ),
  "dns.cookie_secrets": key(
    cookieSecrets,
    undefined,
    "secrets of DNS cookies, the one to use first; absent: made at first start, in <data>/dns-cookie-secret",
  ),
  "dns.any_over_tcp": key(anyAnswer, "one-rrset", "what a query for ANY gets over TCP"),
  "dns.tsig_keys": key(tsigKeys, [] as TsigKey[], "secrets shared with secondaries: name, algorithm, secret (base64)"),
  "dns.secondaries": key(
    secondariesOf(endpoints),
    [] as Secondary[],
    "name servers that fetch our zones: name, addresses, keys",
  ),
  "dns.catalog": key(
    domain,
    undefined,
    "the zone that lists our zones for secondaries; absent: catalog.<dns.zone> once there are secondaries",
  ),
  "dns.push": key(
    pushSettings(endpoints),
    [] as PushSetting[],
    "name servers that you have already, and the zones to push there",
  ),
  "dns.lag_alarm": key(whole(1, 86_400), 60, "seconds after which a secondary without the current serial is an alarm"),
  "delegation.label": key(label, "chancery", "the label that selectors are made of"),
  "delegation.selector_template": key(
    selectorTemplate,
    undefined,
    "how selectors of new keys are named, of {mon} {mm} {yyyy} {label} {n}; absent: each method's own",
  ),
  "delegation.held_zone": key(
    domain,
    undefined,
    "the zone of the names that we hold for domains that publish nothing; absent: dns.zone",
  ),
  "delegation.held_zone_registered_until": key(
    date,
    undefined,
    "the day on which the registration of that zone ends, to be warned of where neither its registry nor chancery domain registration says when",
  ),
  "rdap.url": key(
    rdapUrl,
    undefined,
    "where registries are asked until when domains of ours are registered: a base URL, or iana; absent: nobody is asked",
  ),
  "rdap.allow_private": key(truth, false, "true: that server may be in a private network, on this machine over http"),
  "milter.listen": key(endpointOf, { host: "127.0.0.1", port: 8891 }, "milter for Postfix and Sendmail"),
  "milter.tenant": key(text, "default", "the tenant whose domains the milter may sign for"),
  "milter.trusted_clients": key(
    texts,
    ["127.0.0.0/8", "::1/128"],
    "clients of the MTA whose unauthenticated mail is signed",
  ),
  "relay.listen": key(endpointOf, { host: "127.0.0.1", port: 5870 }, "SMTP submission"),
  "relay.next_hop": key(endpointOf, undefined, "where signed mail goes; absent: mail is refused with 451"),
  "relay.tls.cert": key(text, undefined, "PEM file; absent: self-signed at first start"),
  "relay.tls.key": key(text, undefined, "PEM file of the certificate's key"),
  "ingest.listen": key(endpointOf, { host: "127.0.0.1", port: 2525 }, "SMTP for reports"),
  "resolver.servers": key(endpoints, undefined, "recursive resolvers; absent: those of /etc/resolv.conf"),
  "resolver.vantage_points": key(
    endpoints,
    undefined,
    "resolvers at other places of the network, which have to see a proof of control as well; absent: none is asked",
  ),
  "resolver.root": key(nameServers, undefined, "a private DNS root; absent: the public one"),
  "resolver.trust_anchors": key(
    dsRecords,
    undefined,
    "DS records of zones whose keys are believed; absent: those of the public root, none with a private one",
  ),
  "resolver.authority_port": key(port, 53, "the port on which authoritative servers are asked"),
  "rotation.policy": key(policy, "default", "default, lab (seconds), or a map of durations"),
  "rotation.disclose": key(
    truth,
    false,
    "true: private halves are made public after their time, where no policy says anything else",
  ),
  "watch.interval": key(whole(300, 2_592_000), 86_400, "seconds between two looks at a watched domain"),
  "watch.looks_per_day": key(whole(1, 100_000_000), 5000, "looks that the watches of one tenant may cost a day"),
  "watch.unproven_looks_per_day": key(whole(0, 100_000), 100, "of these, at domains that nobody has proven yet"),
  "watch.queries_per_day": key(whole(1, 1_000_000_000), 1_000_000, "DNS queries of one tenant's looks a day"),
  "watch.parallel": key(whole(1, 256), 8, "looks side by side, in each controller"),
  "admin.token": key(token, undefined, "absent: made at first start, in <data>/admin-token"),
  "dnssec.kek_file": key(
    text,
    undefined,
    "the key that wraps the keys of signed zones, which name servers open too; absent: <data>/zone-kek",
  ),
  "kek.file": key(text, undefined, "the key that wraps all keys; absent: <data>/kek"),
  "log.level": key(level, "info", "error, warn, info, debug or silent"),
} as const;

export type ConfigKey = keyof typeof configKeys;

type Defined<K extends ConfigKey> = (typeof configKeys)[K] extends { read: Reader<infer T>; absent: infer D }
  ? undefined extends D
    ? T | undefined
    : T
  : never;

/** The configuration after all sources are merged: one typed value a key. */
export type Config = { [K in ConfigKey]: Defined<K> };

/** Keys whose values are shown to nobody. */
export const secretKeys: readonly ConfigKey[] = ["admin.token", "dns.cookie_secrets", "dns.tsig_keys", "dns.push"];

/** Keys that can be set on a running Chancery, through its API. The others need a file or the environment, and a restart. */
export const runtimeKeys = [
  "dns.zone",
  "dns.nameservers",
  "delegation.label",
  "delegation.selector_template",
  "delegation.held_zone",
  "delegation.held_zone_registered_until",
  "milter.tenant",
  "relay.next_hop",
  "resolver.servers",
  "resolver.vantage_points",
  "resolver.root",
  "resolver.trust_anchors",
  "resolver.authority_port",
  "rotation.policy",
  "rotation.disclose",
  "watch.interval",
  "watch.looks_per_day",
  "watch.unproven_looks_per_day",
  "watch.queries_per_day",
  "watch.parallel",
] as const satisfies readonly ConfigKey[];
