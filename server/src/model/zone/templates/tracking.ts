import { nameData, TYPE } from "chancery/dns";
import { addressSets, hostOrAddresses, isAddress, listOf, matching, place } from "./parameter.ts";
import { placeIn, type ZoneTemplate } from "./template.ts";

/** CAA of one authority: flags 0, tag issue (RFC 8659 §4.2). */
const issueData = (authority: string): Uint8Array => Uint8Array.from([0, 5, ...Buffer.from(`issue${authority}`)]);

export const tracking: ZoneTemplate = {
  name: "tracking",
  about: "a host for links and images in mail, under the sender's own domain",
  parameters: [
    place({ name: "name", about: "the host; click.<zone> is usual" }),
    hostOrAddresses({ name: "target", about: "the host that serves it (an alias is made), or its addresses" }),
    matching(
      /^[a-z0-9.-]+$/i,
      "a domain",
    )({
      name: "caa",
      about: "the one certification authority that may issue for it, such as letsencrypt.org",
      absent: "",
    }),
  ],
  example: { name: "click.example.com", target: "192.0.2.80,2001:db8::80", caa: "letsencrypt.org" },
  make: (value, { zone }) => {
    const name = placeIn(zone.origin, value("name"));
    if (name === undefined) return `name: ${value("name")} is outside the zone ${zone.origin}`;
    const targets = listOf(value("target"));
    if (targets.every(isAddress))
      return {
        sets: [
          ...addressSets(name, targets),
          ...(value("caa") === "" ? [] : [{ name, type: TYPE.CAA, data: [issueData(value("caa"))] }]),
        ],
        notes: value("caa") === "" ? [caaNote(name)] : [],
      };
    if (targets.length > 1) return "target: one host name, or addresses";
    if (value("caa") !== "")
      return "caa: nothing can stand beside an alias; the authority is looked for at its target, then above the name (RFC 8659 §3)";
    return { sets: [{ name, type: TYPE.CNAME, data: [nameData(targets[0]!)] }], notes: [caaNote(name)] };
  },
};

const caaNote = (name: string): string =>
  `links need a certificate for ${name}: a CAA record above it that does not name the authority in use stops it (RFC 8659 §3)`;
