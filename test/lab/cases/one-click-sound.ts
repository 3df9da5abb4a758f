import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";
import { bulkFields, bulkSigned, message } from "../mail.ts";

const domain = "one-click-sound.example";

export default {
  shows: "bulk mail of the owner's own, with a signed offer to unsubscribe",
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
  not: ["OneClickMissing", "OneClickUnsigned", "FieldsUnsigned", "ThirdPartyOnMainDomain"],
} satisfies LabCase;
