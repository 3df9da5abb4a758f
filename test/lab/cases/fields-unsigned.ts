import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";
import { message } from "../mail.ts";

const domain = "fields-unsigned.example";

export default {
  shows: "a signature that leaves Subject unsigned",
  records: `s1._domainkey ${first.txt}\n`,
  options: ["--mail", "{dir}/mail.eml"],
  files: async () => ({
    "mail.eml": message({
      from: `news@${domain}`,

      signatures: [{ key: first, domain, selector: "s1", fields: ["From", "To", "Date", "Message-ID"] }],
    }),
  }),
  finds: { FieldsUnsigned: [] },
  besides: ["NotAligned", "SpfOnlyAlignment", "SelectorNotSigning"],
} satisfies LabCase;
