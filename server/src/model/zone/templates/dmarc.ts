import { formatPolicyRecord, looksLikePolicyRecord, type Policy } from "chancery/dmarc";
import { isAtOrBelow } from "chancery/dns";
import { choice, listOf, mailboxes, mailtoOf, place } from "./parameter.ts";
import { placeIn, textSet, type ZoneTemplate } from "./template.ts";

const policies = choice(["none", "quarantine", "reject"]);
const alignments = choice(["r", "s"]);

export const dmarc: ZoneTemplate = {
  name: "dmarc",
  about: "what receivers do with mail that is not authenticated, and where reports go (RFC 9989)",
  parameters: [
    place({ name: "name", about: "the domain in From", absent: "@" }),
    policies({ name: "p", about: "for mail of the domain", absent: "none" }),
    policies({ name: "sp", about: "for its subdomains; absent: as p", absent: "" }),
    policies({ name: "np", about: "for names that do not exist; absent: as sp", absent: "" }),
    choice(["y", "n"])({ name: "t", about: "whether it is only tried out", absent: "n" }),
    alignments({ name: "adkim", about: "alignment of DKIM: relaxed or strict", absent: "r" }),
    alignments({ name: "aspf", about: "alignment of SPF: relaxed or strict", absent: "r" }),
    mailboxes({ name: "rua", about: "where aggregate reports go, separated by commas", absent: "" }),
    mailboxes({ name: "ruf", about: "where reports on single messages go", absent: "" }),
  ],
  example: { p: "reject", rua: "dmarc@example.net" },
  make: (value, { zone }) => {
    const name = placeIn(zone.origin, value("name"));
    if (name === undefined) return `name: ${value("name")} is outside the zone ${zone.origin}`;
    const policyOf = (parameter: string): Policy | undefined => (value(parameter) || undefined) as Policy | undefined;
    const uris = (parameter: string) => listOf(value(parameter)).map((text) => ({ uri: mailtoOf(text) }));
    const text = formatPolicyRecord({
      p: policyOf("p")!,
      sp: policyOf("sp"),
      np: policyOf("np"),
      testing: value("t") === "y",
      adkim: value("adkim") === "s" ? "strict" : undefined,
      aspf: value("aspf") === "s" ? "strict" : undefined,
      rua: uris("rua"),
      ruf: uris("ruf"),
    });
    const elsewhere = [...new Set([...uris("rua"), ...uris("ruf")].map(({ uri }) => hostOf(uri)))].filter(
      (host) => !isAtOrBelow(host, name) && !isAtOrBelow(name, host),
    );
    return {
      sets: [textSet(`_dmarc.${name}`, text, looksLikePolicyRecord)],
      notes: [
        ...elsewhere.map(
          (host) =>
            `unless ${host} is of the same organisation, it has to agree to the reports: TXT "v=DMARC1;" at ${name}._report._dmarc.${host} (RFC 9990 §4); the template report-authorisation writes that in the zone of ${host}`,
        ),
        ...(value("rua") === "" ? ["without rua nobody tells you what fails"] : []),
      ],
    };
  },
};

const hostOf = (uri: string): string => uri.slice(uri.lastIndexOf("@") + 1).toLowerCase();
