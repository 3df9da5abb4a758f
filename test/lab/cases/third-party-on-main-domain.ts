import type { LabCase } from "../case.ts";
import { ofProvider } from "../keys.ts";
import { bulkFields, bulkSigned, message } from "../mail.ts";

const domain = "third-party-on-main-domain.example";

export default {
  shows: "campaigns of a provider From the domain itself",
  records: `s1._domainkey CNAME s1.dkim.esp.example.\n`,
  options: ["--mail", "{dir}/mail.eml"],
  files: async () => ({
    "mail.eml": message({
      from: `news@${domain}`,
      fields: bulkFields,
      signatures: [{ key: ofProvider, domain, selector: "s1", fields: bulkSigned }],
    }),
  }),
  finds: { ThirdPartyOnMainDomain: domain },
  not: ["OneClickMissing", "OneClickUnsigned", "FieldsUnsigned", "ManySendersOneDomain"],
} satisfies LabCase;
