import { createHash } from "node:crypto";
import { childName, nameData, readMx, TYPE } from "chancery/dns";
import { isMtaStsRecord, parseMtaStsPolicy } from "chancery/policy";
import { addressSets, choice, hostOrAddresses, isAddress, listOf, matching, place } from "./parameter.ts";
import { placeIn, textSet, textsAt, type WantedSet, type ZoneTemplate } from "./template.ts";
import type { ZoneLookup } from "../zone-lookup.ts";

export const mtaSts: ZoneTemplate = {
  name: "mta-sts",
  about: "TLS for mail to this domain: the record, the policy host, and the policy to serve there (RFC 8461)",
  parameters: [
    place({ name: "name", about: "the domain that takes mail", absent: "@" }),
    hostOrAddresses({
      name: "host",
      about:
        "what serves the policy over https: a host name (an alias is made) or addresses; absent: it is there already",
      absent: "",
    }),
    choice(["testing", "enforce", "none"])({
      name: "mode",
      about: "what senders do about a failure",
      absent: "testing",
    }),
    matching(
      /^(?:\*\.)?[a-z0-9.-]+(?:\s*,\s*(?:\*\.)?[a-z0-9.-]+)*$/i,
      "a list of host names",
    )({
      name: "mx",
      about: "mail exchanges that the policy allows; absent: those of the zone",
      absent: "",
    }),
    matching(
      /^\d{1,8}$/,
      "a number of seconds",
    )({
      name: "max-age",
      about: "how long senders keep the policy, in seconds",
      absent: "604800",
    }),
    matching(
      /^[a-z0-9]{1,32}$/i,
      "1 to 32 letters and digits",
    )({
      name: "id",
      about: "of this policy; absent: made from it, so that it changes whenever the policy does (STS-01)",
      absent: "",
    }),
  ],
  example: { host: "192.0.2.81", mx: "mx1.example.net" },
  make: (value, { zone }) => {
    const name = placeIn(zone.origin, value("name"));
    if (name === undefined) return `name: ${value("name")} is outside the zone ${zone.origin}`;
    const mx = value("mx") === "" ? exchangesAt(zone, name) : listOf(value("mx")).map((host) => host.toLowerCase());
    const lines = ["version: STSv1", `mode: ${value("mode")}`, ...mx.map((host) => `mx: ${host}`)];
    const policy = [...lines, `max_age: ${value("max-age")}`, ""].join("\r\n");
    const read = parseMtaStsPolicy(policy);
    if (!read.ok)
      return mx.length === 0
        ? `mx: ${name} has no MX in this zone; say which mail exchanges it has`
        : `the policy would not be read: ${read.problem}`;
    const policyHost = childName("mta-sts", name);
    const hostSets = setsOfHost(policyHost, listOf(value("host")));
    if (typeof hostSets === "string") return hostSets;
    if (hostSets.length === 0 && zone.at(policyHost).length === 0)
      return `host: ${policyHost} is not there yet; say what serves the policy`;
    const id = value("id") || createHash("sha256").update(policy).digest("hex").slice(0, 20);
    const recordName = childName("_mta-sts", name);
    const before = textsAt(zone, recordName).find(isMtaStsRecord);
    return {
      sets: [textSet(recordName, `v=STSv1; id=${id};`, isMtaStsRecord), ...hostSets],
      notes: [
        `serve at https://${policyHost}/.well-known/mta-sts.txt, as text/plain, with a certificate for ${policyHost} and without a redirect (RFC 8461 §3.3):\n${policy.replaceAll("\r\n", "\n").trimEnd()}`,
        ...(value("mode") === "enforce" && before === undefined
          ? ["begin with mode=testing, and look at the TLS reports (template tls-rpt) before you enforce (RFC 8461 §8)"]
          : []),
      ],
    };
  },
};

const exchangesAt = (zone: ZoneLookup, name: string): string[] =>
  (zone.at(name).find(({ type }) => type === TYPE.MX)?.data ?? [])
    .map((data) => readMx(data).exchange)
    .filter((exchange) => exchange !== ".");

function setsOfHost(name: string, host: readonly string[]): WantedSet[] | string {
  if (host.every(isAddress)) return addressSets(name, host);
  return host.length > 1
    ? "host: one host name, or addresses"
    : [{ name, type: TYPE.CNAME, data: [nameData(host[0]!)] }];
}
