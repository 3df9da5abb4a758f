import { looksLikePolicyRecord, parsePolicyRecord } from "chancery/dmarc";
import { isBimiRecord } from "chancery/policy";
import { httpsAddress, matching, place } from "./parameter.ts";
import { placeIn, textSet, textsAt, type ZoneTemplate } from "./template.ts";

export const bimi: ZoneTemplate = {
  name: "bimi",
  about: "the logo that receivers may show (draft-brand-indicators-for-message-identification)",
  parameters: [
    place({ name: "name", about: "the domain in From", absent: "@" }),
    matching(
      /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i,
      "a label",
    )({
      name: "selector",
      about: "of the record",
      absent: "default",
    }),
    httpsAddress({ name: "logo", about: "the SVG (Tiny PS) over https" }),
    httpsAddress({ name: "certificate", about: "the mark certificate (PEM) over https", absent: "" }),
  ],
  example: { logo: "https://www.example.com/logo.svg", certificate: "https://www.example.com/mark.pem" },
  make: (value, { zone }) => {
    const name = placeIn(zone.origin, value("name"));
    if (name === undefined) return `name: ${value("name")} is outside the zone ${zone.origin}`;
    const text = `v=BIMI1; l=${value("logo")}; a=${value("certificate")}`;
    const written = textsAt(zone, `_dmarc.${name}`).find(looksLikePolicyRecord);
    const policy = written === undefined ? undefined : parsePolicyRecord(written);
    const isEnforced = policy?.ok === true && policy.value.p !== "none";
    return {
      sets: [textSet(`${value("selector")}._bimi.${name}`, text.trimEnd(), isBimiRecord)],
      notes: [
        ...(isEnforced ? [] : [`no receiver shows a logo before the DMARC policy of ${name} is quarantine or reject`]),
        ...(value("certificate") === "" ? ["most receivers show no logo without a mark certificate"] : []),
      ],
    };
  },
};
