import { isTlsRptRecord, parseTlsRptRecord } from "chancery/policy";
import { listOf, matching, place } from "./parameter.ts";
import { placeIn, textSet, type ZoneTemplate } from "./template.ts";

export const tlsRpt: ZoneTemplate = {
  name: "tls-rpt",
  about: "where reports on failed TLS go (RFC 8460)",
  parameters: [
    place({ name: "name", about: "the domain that takes mail", absent: "@" }),
    matching(
      /^[^\s;]+(?:\s*,\s*[^\s;]+)*$/,
      "a list of addresses",
    )({
      name: "rua",
      about: "mail or https addresses, separated by commas",
    }),
  ],
  example: { rua: "tls-reports@example.com" },
  make: (value, { zone }) => {
    const name = placeIn(zone.origin, value("name"));
    if (name === undefined) return `name: ${value("name")} is outside the zone ${zone.origin}`;
    const rua = listOf(value("rua")).map((text) => (/^(?:https|mailto):/i.test(text) ? text : `mailto:${text}`));
    const text = `v=TLSRPTv1; rua=${rua.join(",")}`;
    const read = parseTlsRptRecord(text);
    if (!read.ok || read.value.unusable > 0)
      return `rua: ${read.ok ? "one of the addresses is neither mail nor https" : read.problem}`;
    return { sets: [textSet(`_smtp._tls.${name}`, text, isTlsRptRecord)], notes: [] };
  },
};
