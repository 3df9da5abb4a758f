import { isSpfRecord } from "chancery/policy";
import { parseIpv4 } from "chancery/dns";
import { choice, hosts, listOf, networks, place } from "./parameter.ts";
import { placeIn, textSet, type WantedSet, type TemplateValues, type ZoneTemplate } from "./template.ts";

/** Parameters of every template that writes an SPF record. */
export const spfParameters = [
  hosts({ name: "include", about: "domains whose senders may send too, separated by commas", absent: "" }),
  networks({ name: "ip", about: "addresses or networks that send, separated by commas", absent: "" }),
  choice(["-all", "~all", "?all"])({ name: "all", about: "what becomes of other senders", absent: "~all" }),
];

/** The SPF record of the parameters (RFC 7208 §4.6.1): what is cheap to check first. */
export function spfSet(name: string, value: TemplateValues, extra: readonly string[] = []): WantedSet {
  const networkTerms = listOf(value("ip")).map((ip) =>
    parseIpv4(ip.split("/")[0]!) === undefined ? `ip6:${ip}` : `ip4:${ip}`,
  );
  const includes = listOf(value("include")).map((domain) => `include:${domain.replace(/\.$/, "")}`);
  const text = ["v=spf1", ...networkTerms, ...extra, ...includes, value("all")].join(" ");
  return textSet(name, text, isSpfRecord);
}

export const spf: ZoneTemplate = {
  name: "spf",
  about: "who may send with this domain in the envelope (RFC 7208)",
  parameters: [
    place({ name: "name", about: "the name that sends", absent: "@" }),
    ...spfParameters,
    choice(["yes", "no"])({ name: "mx", about: "whether its own mail exchanges send", absent: "no" }),
  ],
  example: { include: "_spf.example.net", ip: "192.0.2.0/24" },
  make: (value, { zone }) => {
    const name = placeIn(zone.origin, value("name"));
    if (name === undefined) return `name: ${value("name")} is outside the zone ${zone.origin}`;
    const sends = value("include") !== "" || value("ip") !== "" || value("mx") === "yes";
    if (!sends)
      return "nobody would be allowed to send: give include, ip or mx=yes; for a domain without mail use parked";
    return { sets: [spfSet(name, value, value("mx") === "yes" ? ["mx"] : [])], notes: [] };
  },
};
