import { mxData, TYPE } from "chancery/dns";
import { hosts, listOf, place } from "./parameter.ts";
import { spfParameters, spfSet } from "./spf.ts";
import { placeIn, type ZoneTemplate } from "./template.ts";

export const returnPath: ZoneTemplate = {
  name: "return-path",
  about: "a name for bounces: its MX, and SPF for mail that has it in the envelope",
  parameters: [
    place({ name: "name", about: "the name in the envelope sender; bounce.<zone> is usual" }),
    hosts({ name: "mx", about: "hosts that take the bounces, the preferred one first" }),
    ...spfParameters,
  ],
  example: { name: "bounce.example.com", mx: "mx1.example.net,mx2.example.net", ip: "192.0.2.0/24" },
  make: (value, { zone }) => {
    const name = placeIn(zone.origin, value("name"));
    if (name === undefined) return `name: ${value("name")} is outside the zone ${zone.origin}`;
    if (value("include") === "" && value("ip") === "") return "nobody would be allowed to send: give include or ip";
    const data = listOf(value("mx")).map((exchange, index) => mxData(10 * (index + 1), exchange));
    return {
      sets: [{ name, type: TYPE.MX, data }, spfSet(name, value)],
      notes: [`DMARC counts SPF for mail from ${zone.origin} while its alignment is relaxed (aspf=r, RFC 9989 §4.4.2)`],
    };
  },
};
