import { looksLikePolicyRecord } from "chancery/dmarc";
import { matching, place } from "./parameter.ts";
import { placeIn, textSet, type ZoneTemplate } from "./template.ts";

export const reportAuthorisation: ZoneTemplate = {
  name: "report-authorisation",
  about: "takes DMARC reports about another domain (RFC 9990 §4)",
  parameters: [
    matching(
      /^(?:\*|[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9])?)$/i,
      "a domain, or * for all",
    )({
      name: "domain",
      about: "the domain that the reports are about; * for every domain",
    }),
    place({ name: "host", about: "the domain of the mailbox that takes them", absent: "@" }),
  ],
  example: { domain: "customer.example" },
  make: (value, { zone }) => {
    const host = placeIn(zone.origin, value("host"));
    if (host === undefined) return `host: ${value("host")} is outside the zone ${zone.origin}`;
    const domain = value("domain").toLowerCase();
    return {
      sets: [textSet(`${domain}._report._dmarc.${host}`, "v=DMARC1;", looksLikePolicyRecord)],
      notes: domain === "*" ? ["anybody can now have reports sent here"] : [],
    };
  },
};
