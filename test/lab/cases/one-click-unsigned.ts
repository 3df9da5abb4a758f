import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";
import { bulkFields, message } from "../mail.ts";

const domain = "one-click-unsigned.example";

export default {
  shows: "bulk mail whose offer to unsubscribe is not signed",
  records: `s1._domainkey ${first.txt}\n`,
  options: ["--mail", "{dir}/mail.eml"],
  files: async () => ({
    "mail.eml": message({
      from: `news@${domain}`,
      fields: bulkFields,
      signatures: [{ key: first, domain, selector: "s1" }],
    }),
  }),
  finds: { OneClickUnsigned: domain },
  not: ["OneClickMissing", "FieldsUnsigned"],
} satisfies LabCase;
