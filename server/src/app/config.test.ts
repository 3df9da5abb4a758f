import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { secretKeys } from "./config-keys.ts";
import { ConfigError, loadConfig, withSettings } from "./config.ts";
import { shownSettings } from "./settings.ts";

const folder = mkdtempSync(join(tmpdir(), "chancery-config-"));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (text: string): string => {
  const path = join(folder, "chancery.yaml");
  writeFileSync(path, text);
  return path;
};

test("absent keys have the defaults of the manual", () => {
  const { config, sources } = loadConfig({ environment: {}, file: file("") });
  expect(config["http.listen"]).toEqual({ host: "127.0.0.1", port: 8080 });
  expect(config["dns.zone"]).toBeUndefined();
  expect(sources["dns.zone"]).toBe("default");
});

test("a file is read, the environment wins over it, an option over both", () => {
  const { config, sources } = loadConfig({
    file: file(
      "dns:\n  zone: dkim.esp.example\n  nameservers: [{name: ns1.esp.example, addresses: [192.0.2.1]}]\nhttp: {listen: 127.0.0.1:9000}\ndata: {dir: a}\n",
    ),
    environment: {
      CHANCERY_HTTP_LISTEN: "[::1]:9001",
      CHANCERY_DATA_DIR: "b",
      CHANCERY_CORPORA: "/elsewhere",
      HOME: "/root",
    },
    options: { "data.dir": "c" },
  });
  expect(config["dns.zone"]).toBe("dkim.esp.example");
  expect(config["dns.nameservers"]).toEqual([{ name: "ns1.esp.example", addresses: ["192.0.2.1"] }]);
  expect(config["http.listen"]).toEqual({ host: "::1", port: 9001 });
  expect(config["data.dir"]).toBe("c");
  expect([sources["dns.zone"], sources["http.listen"], sources["data.dir"]]).toEqual(["file", "environment", "option"]);
});

test("secondaries are read with their keys, whose secrets are in no text", () => {
  const secret = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
  const text = `dns:
  tsig_keys: [{name: NS2-key., secret: ${secret}}]
  secondaries: [{name: ns2, addresses: [192.0.2.2, "[2001:db8::2]:5353"], keys: ns2-key, public: 198.51.100.2}]
`;
  const { config } = loadConfig({ environment: {}, file: file(text) });
  expect(config["dns.secondaries"]).toEqual([
    {
      name: "ns2",
      addresses: [
        { host: "192.0.2.2", port: 53 },
        { host: "2001:db8::2", port: 5353 },
      ],
      publicAddresses: [{ host: "198.51.100.2", port: 53 }],
      keys: ["ns2-key"],
    },
  ]);
  expect(JSON.stringify(config)).not.toContain(secret);
});

test.each([
  ["dns: {zoen: a.example}", "dns.zoen is not a configuration key; the nearest is dns.zone"],
  ["dsn: {zone: a.example}", "the nearest is dns.zone"],
  ["relay: {tls: {cert: a.pem}}", "relay.tls.cert is set and relay.tls.key is not"],
  ["relay: {tls: {key: a.pem}}", "relay.tls.key is set and relay.tls.cert is not"],
  ["constructor: a", "constructor is not a configuration key"],
  ["dns: 5", "dns is a section, not a value"],
  ["- a", "a map of sections is expected"],
  ["dns: {zone: [}", "not YAML"],
  ["http: {listen: 8080}", "http.listen: HOST:PORT is expected"],
  ["http: {listen: 'host:99999'}", "http.listen: HOST:PORT is expected"],
  ["resolver: {authority_port: 0}", "resolver.authority_port: a port from 1 to 65535"],
  ["dns: {nameservers: [{name: ns1.a.example, addresses: [nowhere]}]}", "have to be IP addresses"],
  ["admin: {token: short}", "admin.token: 16 or more printable characters"],
  ["dns: {tsig_keys: [{name: k, secret: short}]}", "dns.tsig_keys: k: the secret is not base64"],
  ["dns: {tsig_keys: [{name: k, secret: c2hvcnQ=}]}", "fewer than 16 octets"],
  ["dns: {tsig_keys: [{name: k, secret: x, algoritm: y}]}", "dns.tsig_keys: k"],
  ["dns: {secondaries: [{name: ns2, addresses: [ns2.example.com:53], keys: [k]}]}", "have to be IP addresses"],
  ["dns: {secondaries: [{name: ns2, addresses: [192.0.2.2]}]}", "it needs a key"],
  ["dns: {secondaries: [{name: ns2, addresses: [192.0.2.2], keys: [k], port: 53}]}", "port is not known here"],
  ["dns: {secondaries: [{name: ns2, addresses: [192.0.2.2], keys: [k]}]}", "dns.tsig_keys does not have"],
  ["log: {level: loud}", "one of error, warn"],
  ["dns: {cookie_secrets: 00112233445566778899001122334455}", "32 hexadecimal digits in quotes"],
  ["dns: {cookie_secrets: ['0011']}", "32 hexadecimal digits"],
  ["dns: {cookie_secrets: []}", "a list of secrets is expected"],
  ["dns: {nsid: a b}", "without blanks"],
  ["dns: {any_over_tcp: some}", "one-rrset or all is expected"],
])("%s is refused: %s", (text, problem) => {
  expect(() => loadConfig({ environment: {}, file: file(text) })).toThrow(ConfigError);
  expect(() => loadConfig({ environment: {}, file: file(text) })).toThrow(problem);
});

test("an unknown variable of ours is refused by its nearest name; a value that cannot be read names the variable", () => {
  expect(() => loadConfig({ environment: { CHANCERY_HTTP_LISTN: "x" }, file: file("") })).toThrow(
    "the nearest is CHANCERY_HTTP_LISTEN",
  );
  expect(() => loadConfig({ environment: { CHANCERY_DNS_ZONE: "localhost" }, file: file("") })).toThrow(
    "CHANCERY_DNS_ZONE (dns.zone)",
  );
  expect(() => loadConfig({ environment: {}, file: join(folder, "nowhere.yaml") })).toThrow("no such file");
});

test("what file and environment say stands above a setting made through the API", () => {
  const loaded = loadConfig({ environment: { CHANCERY_DNS_ZONE: "a.example" }, file: file("") });
  const { config, sources } = withSettings(loaded, {
    "dns.zone": "b.example",
    "relay.next_hop": "127.0.0.1:25",
    "not.a.key": 1,
  });
  expect(config["dns.zone"]).toBe("a.example");
  expect(config["relay.next_hop"]).toEqual({ host: "127.0.0.1", port: 25 });
  expect(sources["relay.next_hop"]).toBe("setting");
});

test("secrets are shown to nobody", () => {
  const loaded = loadConfig({
    environment: { CHANCERY_DNS_COOKIE_SECRETS: "['e5e973e5a6b2a43f48e7dc849e37bfcf']" },
    file: file("admin: {token: aaaaaaaaaaaaaaaaaaaa}"),
  });
  expect(loaded.config["dns.cookie_secrets"]).toHaveLength(1);
  const shown = shownSettings(loaded);
  for (const key of secretKeys) expect(shown).not.toHaveProperty([key]);
});

test("a database is a PostgreSQL's URL, or none", () => {
  const load = (url: string) => loadConfig({ environment: { CHANCERY_DATABASE_URL: url } }).config["database.url"];
  for (const url of ["postgres://a@db.example/a", "postgresql:///a?host=/run/postgresql"]) expect(load(url)).toBe(url);
  for (const url of ["mysql://db.example/a", "db.example", "postgres://"])
    expect(() => load(url)).toThrow(/PostgreSQL/);
});
