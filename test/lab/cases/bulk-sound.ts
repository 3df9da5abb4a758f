import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";
import { bulkFields, bulkSigned, message } from "../mail.ts";

const domain = "bulk-sound.example";

export default {
  shows: "bulk mail with a signed offer to unsubscribe, by the domain's own server",
  records: `s1._domainkey ${first.txt}\n`,
  options: ["--mail", "{dir}/mail.eml"],
  files: async () => ({
    "mail.eml": message({
      from: `news@${domain}`,
      fields: bulkFields,
      signatures: [{ key: first, domain, selector: "s1", fields: bulkSigned }],
    }),
  }),
  finds: {},
  not: ["OneClickMissing", "OneClickUnsigned", "ThirdPartyOnMainDomain", "ManySendersOneDomain"],
} satisfies LabCase;
