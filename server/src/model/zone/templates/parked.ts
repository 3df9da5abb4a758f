import { mxData, TYPE } from "chancery/dns";
import { looksLikePolicyRecord } from "chancery/dmarc";
import { isSpfRecord } from "chancery/policy";
import { choice, mailboxes, listOf, mailtoOf, place } from "./parameter.ts";
import { placeIn, textSet, type ZoneTemplate } from "./template.ts";

export const parked: ZoneTemplate = {
  name: "parked",
  about: "a domain that neither sends nor takes mail: null MX (RFC 7505), SPF -all, DMARC reject",
  parameters: [
    place({ name: "name", about: "the domain", absent: "@" }),
    mailboxes({ name: "rua", about: "where reports on abuse of it go", absent: "" }),
    choice(["yes", "no"])({
      name: "wildcard-key",
      about: "whether every selector answers with a revoked key, so that no old signature holds",
      absent: "no",
    }),
  ],
  example: { "wildcard-key": "yes" },
  make: (value, { zone }) => {
    const name = placeIn(zone.origin, value("name"));
    if (name === undefined) return `name: ${value("name")} is outside the zone ${zone.origin}`;
    const rua = listOf(value("rua")).map(mailtoOf).join(",");
    const wantsWildcard = value("wildcard-key") === "yes";
    return {
      sets: [
        { name, type: TYPE.MX, data: [mxData(0, ".")] },
        textSet(name, "v=spf1 -all", isSpfRecord),
        textSet(
          `_dmarc.${name}`,
          `v=DMARC1; p=reject; sp=reject; np=reject; adkim=s; aspf=s${rua === "" ? "" : `; rua=${rua}`}`,
          looksLikePolicyRecord,
        ),
        ...(wantsWildcard ? [textSet(`*._domainkey.${name}`, "v=DKIM1; p=")] : []),
      ],
      notes: [],
      allowWildcard: wantsWildcard,
    };
  },
};
