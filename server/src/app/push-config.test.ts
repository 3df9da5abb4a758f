import { expect, test } from "vitest";
import { ConfigError, loadConfig } from "./config.ts";

const load = (push: string) =>
  loadConfig({
    environment: {
      CHANCERY_DNS_PUSH: push,
      CHANCERY_DNS_TSIG_KEYS: `[{name: k, algorithm: hmac-sha256, secret: ${Buffer.alloc(32).toString("base64")}}]`,
    },
  }).config["dns.push"];

test("a push by dynamic update and one by PowerDNS's API are read, addresses without a port being on 53", () => {
  expect(
    load(
      "[{name: bind, zones: [DKIM.esp.example.], by: rfc2136, address: 192.0.2.1, key: K}, {name: pdns, zones: dkim.esp.example, by: powerdns, url: 'http://192.0.2.2:8081/', api_key: abc}]",
    ),
  ).toEqual([
    { name: "bind", zones: ["dkim.esp.example"], by: "rfc2136", address: { host: "192.0.2.1", port: 53 }, key: "k" },
    {
      name: "pdns",
      zones: ["dkim.esp.example"],
      by: "powerdns",
      url: "http://192.0.2.2:8081",
      server: "localhost",
      apiKey: "abc",
    },
  ]);
});

test.each([
  ["no list", "{}", "a list of"],
  ["no name", "[{zones: [a.example], by: rfc2136, address: 192.0.2.1}]", "needs a name"],
  [
    "the same name twice",
    "[{name: a, zones: [a.example], by: rfc2136, address: 192.0.2.1}, {name: a, zones: [a.example], by: rfc2136, address: 192.0.2.1}]",
    "a is there twice",
  ],
  ["no zones", "[{name: a, by: rfc2136, address: 192.0.2.1}]", "a: zones"],
  [
    "a host name for an address",
    "[{name: a, zones: [a.example], by: rfc2136, address: 'ns.example:53'}]",
    "a: its address has to be an IP address",
  ],
  [
    "a key that is not there",
    "[{name: a, zones: [a.example], by: rfc2136, address: 192.0.2.1, key: other}]",
    "a: other is not the name of a key",
  ],
  ["another way", "[{name: a, zones: [a.example], by: magic}]", "a: by has to be"],
  [
    "a member of the other way",
    "[{name: a, zones: [a.example], by: powerdns, url: 'http://192.0.2.1', api_key: secret-word, key: k}]",
    "a: key is not known here",
  ],
  [
    "a URL of another kind",
    "[{name: a, zones: [a.example], by: powerdns, url: 'file:///etc', api_key: secret-word}]",
    "a: url",
  ],
  ["no API key", "[{name: a, zones: [a.example], by: powerdns, url: 'http://192.0.2.1'}]", "a: api_key is missing"],
])("%s is refused, and no secret quoted", (_, push, problem) => {
  expect(() => load(push)).toThrow(ConfigError);
  expect(() => load(push)).toThrow(problem);
  expect(() => load(push)).not.toThrow("secret-word");
});
