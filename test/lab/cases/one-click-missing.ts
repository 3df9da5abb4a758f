import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";
import { message } from "../mail.ts";

const domain = "one-click-missing.example";

export default {
  shows: "bulk mail that nobody can unsubscribe from",
  records: `s1._domainkey ${first.txt}\n`,
  options: ["--mail", "{dir}/mail.eml"],
  files: async () => ({
    "mail.eml": message({
      from: `news@${domain}`,
      fields: `List-Id: news <news.${domain}>\r\n`,
      signatures: [{ key: first, domain, selector: "s1" }],
    }),
  }),
  finds: { OneClickMissing: domain },
  not: ["OneClickUnsigned", "FieldsUnsigned", "ThirdPartyOnMainDomain"],
} satisfies LabCase;
